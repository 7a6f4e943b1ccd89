#!/usr/bin/env node
/**
 * How fast files are read, and how much memory a file needs that is read in batches:
 *
 *     npm run bench:read -- [--megabytes 200] [--only csv-numbers,parquet]
 *
 * The files are written to a temporary folder first. Each is read in processes of its own: what a heap holds from
 * earlier reads would count otherwise. On a busy machine the seconds of the CPU say more than those of the clock.
 */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { FILES } from './files.mjs';

const CONTENDER = fileURLToPath(new URL('./contender.mjs', import.meta.url));
const ROUNDS = 3;
/** MiB of old objects that a process may keep: far less than the file has. */
const SMALL_HEAP = 256;

const WAYS = [
  { name: 'readTable', heap: null },
  { name: 'openTable', heap: SMALL_HEAP },
  { name: 'csv-parse', heap: null, only: /csv/, rounds: 1 },
];

async function main() {
  const { values } = parseArgs({
    options: {
      megabytes: { type: 'string', default: '200' },
      only: { type: 'string' },
      ways: { type: 'string' },
    },
  });
  const folder = mkdtempSync(path.join(tmpdir(), 'chainrule-bench-read-'));
  try {
    for (const { name, write } of FILES) {
      if (values.only !== undefined && !values.only.split(',').includes(name)) continue;
      const file = path.join(folder, name);
      await write(file, 1e6 * Number(values.megabytes));
      const megabytes = statSync(file).size / 1e6;
      for (const way of WAYS) {
        if (way.only?.test(name) === false) continue;
        if (values.ways !== undefined && !values.ways.split(',').includes(way.name)) continue;
        console.log(
          line(
            name,
            megabytes,
            way,
            Array.from({ length: way.rounds ?? ROUNDS }, () => measure(way, file)),
          ),
        );
      }
      rmSync(file);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Reads a file once, in a process of its own. */
function measure({ name, heap }, file) {
  const flags = heap === null ? ['--max-old-space-size=8192'] : [`--max-old-space-size=${heap}`];
  const { stdout, stderr, status } = spawnSync(process.execPath, [...flags, CONTENDER, name, file], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${name} failed: ${stderr.slice(-500)}`);
  return JSON.parse(stdout);
}

function line(file, megabytes, { name }, rounds) {
  const median = (what) => rounds.map((round) => round[what]).sort((a, b) => a - b)[rounds.length >> 1];
  const peak = Math.max(...rounds.map((round) => round.peakMegabytes));
  const stall = Math.max(...rounds.map((round) => round.stallMilliseconds));
  return [
    file.padEnd(20),
    name.padEnd(10),
    `${megabytes.toFixed(0)} MB`.padStart(8),
    `${(megabytes / median('seconds')).toFixed(0)} MB/s`.padStart(10),
    `${(megabytes / median('cpuSeconds')).toFixed(0)} MB per CPU second`.padStart(24),
    `${rounds[0].rows} rows`.padStart(16),
    `peak ${peak.toFixed(0)} MB`.padStart(14),
    `longest stall ${stall.toFixed(0)} ms`.padStart(22),
  ].join(' ');
}

await main();
