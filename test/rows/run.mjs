#!/usr/bin/env node
/**
 * Tries files of rows that have their right answers beside them, in the schema of README.md:
 *
 *     npm run test:rows -- [FOLDER] [--case NAME]
 *
 * It reads them by the built library, trains and predicts by the built command line, and prints a line for each case
 * that does not hold, with the reasons. The exit status is 0 if all hold.
 */

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { faultsOfCase } from './case.mjs';
import { generate } from './generated.mjs';

const HERE = path.dirname(fileURLToPath(import.meta.url));
/** Cases that are tried at a time. */
const AT_ONCE = 2;

async function main() {
  const { values, positionals } = parseArgs({
    options: { case: { type: 'string' } },
    allowPositionals: true,
  });
  const folder = path.resolve(positionals[0] ?? HERE);
  if (!existsSync(path.join(folder, 'cases.json'))) {
    console.error(`${folder} has no cases.json`);
    return 2;
  }
  const all = JSON.parse(readFileSync(path.join(folder, 'cases.json'), 'utf8'));
  const cases = values.case === undefined ? all : all.filter(({ name }) => name === values.case);
  if (cases.length === 0) {
    console.error(values.case === undefined ? 'there are no cases' : `there is no case ${values.case}`);
    return 2;
  }
  const scratch = mkdtempSync(path.join(tmpdir(), 'chainrule-rows-'));
  try {
    const failed = await tryAll(cases, { folder, scratch, generated: generate(folder, cases, scratch) });
    console.log(`${cases.length - failed} of ${cases.length} cases hold`);
    return failed === 0 ? 0 : 1;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Returns how many do not hold. */
async function tryAll(cases, places) {
  const waiting = [...cases];
  let failed = 0;
  const work = async () => {
    for (let each = waiting.shift(); each !== undefined; each = waiting.shift()) {
      const faults = await faultsOfCase(each, places);
      if (faults.length === 0) continue;
      failed++;
      console.log(`${each.name}: ${faults.join('; ').replace(/\s*\n\s*/g, ' | ')}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return failed;
}

process.exitCode = await main();
