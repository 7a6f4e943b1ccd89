#!/usr/bin/env node
/**
 * Trains on files that are larger than the memory that the program may use, and says how much it used:
 *
 *     npm run test:large -- [--megabytes 2000] [--format csv|parquet] [--epochs 1] [--folder FOLDER]
 *
 * It generates the file (kept in FOLDER for the next time), trains by the command line under
 * --max-old-space-size=256, and fails if the resident set was ever above 1 GB or the model is a bad one.
 */

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeLargeFile } from './generate.mjs';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const MOST_RESIDENT = 1000;
const LEAST_ACCURACY = 0.93;

/** Runs node and measures its largest resident set. */
function runMeasured(args) {
  const report = `process.on('exit', () => console.error('resident ' + process.resourceUsage().maxRSS))`;
  const hook = `data:text/javascript,${encodeURIComponent(report)}`;
  const all = ['--max-old-space-size=256', '--import', hook, ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, all, {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  process.stderr.write(stderr.replace(/^resident .*\n/m, ''));
  const resident = Number(/^resident (\d+)$/m.exec(stderr)?.[1]) / 1024;
  return { status, stdout, resident };
}

async function main() {
  const { values } = parseArgs({
    options: {
      megabytes: { type: 'string', default: '2000' },
      format: { type: 'string', default: 'csv' },
      epochs: { type: 'string', default: '1' },
      folder: { type: 'string', default: path.join(tmpdir(), 'chainrule-large') },
    },
  });
  mkdirSync(values.folder, { recursive: true });
  const file = path.join(values.folder, `rows-${values.megabytes}.${values.format}`);
  if (!existsSync(file)) {
    console.error(`writing ${file}`);
    await writeLargeFile(file, Number(values.megabytes), values.format);
  }
  const model = path.join(values.folder, 'model.safetensors');
  const train = [
    'train',
    file,
    '--target',
    'label',
    '--seed',
    '1',
    '--epochs',
    values.epochs,
    '--out',
    model,
    '--json',
  ];
  const start = performance.now();
  const { status, stdout, resident } = runMeasured([CLI, ...train]);
  if (status !== 0) throw new Error(`train ended with status ${status}`);
  const { rows, heldOut, seconds } = JSON.parse(stdout);
  const { accuracy } = heldOut.metrics;
  const size = Math.round(statSync(file).size / 1e6);
  const minutes = ((performance.now() - start) / 60_000).toFixed(1);
  console.log(
    `${size} MB, ${rows} rows: ${minutes} minutes (fit ${seconds} s), ${Math.round(resident)} MB resident, ` +
      `accuracy ${accuracy.toFixed(3)} on ${heldOut.rows} rows held out`,
  );
  const described = execFileSync(process.execPath, [CLI, 'inspect', model, '--json'], { encoding: 'utf8' });
  if (JSON.parse(described).trainRows !== rows) throw new Error('inspect says another number of rows');
  if (!(resident < MOST_RESIDENT && accuracy > LEAST_ACCURACY)) process.exitCode = 1;
}

await main();
