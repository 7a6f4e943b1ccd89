#!/usr/bin/env node
/**
 * The long form of the tests of lifetimes, growth and many fits: prints trials and failures of each promise.
 *
 *     npm run test:soak                          all of it, some 40 minutes
 *     npm run test:soak -- growth aborts         some of it
 *     npm run test:soak -- --scale 0.1           a tenth of the trials
 */

import { availableParallelism, cpus } from 'node:os';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { aborts } from './aborts.mjs';
import { buffers } from './buffers.mjs';
import { eventLoop } from './event-loop.mjs';
import { growth } from './growth.mjs';
import { interruptedCalls } from './interrupted-calls.mjs';
import { manyFits } from './many-fits.mjs';
import { memoryMargins } from './memory-margins.mjs';
import { processEnds } from './process-ends.mjs';
import { workerEnds } from './worker-ends.mjs';

/** By the number of the promise in docs/reliability.md; n is what a scenario takes at scale 1. */
const SCENARIOS = [
  ['growth', 8, (n) => growth(n(200))],
  ['memory', 9, () => memoryMargins()],
  ['workers', 11, (n) => workerEnds(n(1000))],
  ['ends', 12, (n) => processEnds(n(660))],
  ['interrupted', 12, (n) => interruptedCalls(n(60))],
  ['aborts', 13, (n) => aborts(n(1000))],
  ['buffers', 14, (n) => buffers(n(600))],
  ['loop of 8', 15, () => eventLoop(8, 10_000)],
  ['loop of 64', 15, () => eventLoop(64, 10_000)],
  ['loop of 512', 15, () => eventLoop(512, 10_000)],
  ['many', 16, (n) => manyFits(64, n(20))],
  ['very many', 16, () => manyFits(1000)],
];

const { values, positionals } = parseArgs({
  options: { scale: { type: 'string', default: '1' } },
  allowPositionals: true,
});
const scaled = (trials) => Math.max(1, Math.round(trials * Number(values.scale)));

const [cpu] = cpus();
console.log(
  `${new Date().toISOString().slice(0, 10)}, ${cpu?.model ?? process.arch}, ${availableParallelism()} cores, ` +
    `${process.platform}, Node ${process.version}`,
);
for (const [name, promise, run] of SCENARIOS) {
  if (positionals.length > 0 && !positionals.some((part) => name.includes(part))) continue;
  const start = performance.now();
  const { trials, failures, note } = await run(scaled);
  const seconds = Math.round((performance.now() - start) / 1000);
  console.log(`promise ${promise}, ${name}: ${trials} trials, ${failures.length} failures, ${seconds} s`);
  if (note !== undefined) console.log(`  ${note}`);
  for (const failure of failures.slice(0, 10)) console.log(`  FAILED ${failure}`);
  if (failures.length > 0) process.exitCode = 1;
}
