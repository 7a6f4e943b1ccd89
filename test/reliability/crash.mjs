#!/usr/bin/env node
/**
 * Kills trainings at random moments, and says how many and whether any of them has lost something:
 *
 *     npm run test:crash -- [--kills 1000] [--together 2]
 */

import { cpus } from 'node:os';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { killTrainings } from './kills.mjs';

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '1000' }, together: { type: 'string', default: '2' } },
});
const wanted = Number(values.kills);
const together = Number(values.together);
const start = performance.now();
let done = 0;
const onKill = () => {
  done++;
  if (done % 50 === 0) console.error(`${done} of ${wanted} kills`);
};
const parts = await Promise.all(
  Array.from({ length: together }, (_, i) => {
    const own = Math.floor(((i + 1) * wanted) / together) - Math.floor((i * wanted) / together);
    return killTrainings(own, { onKill });
  }),
);
const failures = parts.flatMap((part) => part.failures);
const sum = (/** @type {'kills' | 'ends'} */ of) => parts.reduce((all, part) => all + part[of], 0);
for (const failure of failures) console.error(failure);
console.log(`trials ${sum('kills')} kills, of ${sum('ends')} trainings that came to their end`);
console.log(`failures ${failures.length}`);
console.log(`seconds ${Math.round((performance.now() - start) / 1000)}`);
console.log(
  `date ${new Date().toISOString().slice(0, 10)}, ${cpus()[0]?.model}, Node ${process.versions.node}`,
);
process.exitCode = failures.length === 0 ? 0 : 1;
