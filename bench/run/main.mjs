#!/usr/bin/env node
/**
 * The benchmark: `npm run bench -- --help`. It times whole training steps of chainrule and of other libraries,
 * case by case, beside the peaks of the processor and of sgemm on the same threads in the same run.
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { chart } from '../report/chart.mjs';
import { report } from '../report/tables.mjs';
import { resultName } from './machine.mjs';
import { measureAll } from './measure.mjs';
import { parseOptions, USAGE } from './options.mjs';

const RESULTS = fileURLToPath(new URL('../results', import.meta.url));

function write(results, { json, chart: chartFile, save }) {
  const texts = {
    json: `${JSON.stringify(results, null, 2)}\n`,
    svg: chart(results),
    md: report(results),
  };
  if (json) writeFileSync(json, texts.json);
  if (chartFile) writeFileSync(chartFile, texts.svg);
  if (!save) return;
  mkdirSync(RESULTS, { recursive: true });
  const name = path.join(RESULTS, resultName(new Date(results.date), results.machine));
  for (const [ending, text] of Object.entries(texts)) writeFileSync(`${name}.${ending}`, text);
  console.log(`written: ${name}.json, .md, .svg`);
}

/** Ends with status 1 where our own engine has no times, 2 for options not understood. */
async function main() {
  let options;
  try {
    options = parseOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`bench: ${error.message}\n\n${USAGE}`);
    return 2;
  }
  if (options === null) {
    console.log(USAGE);
    return 0;
  }
  const results = await measureAll(options);
  console.log(report(results));
  write(results, options);
  return results.problems.some(({ name }) => name === 'chainrule') ? 1 : 0;
}

process.exitCode = await main();
