/** Writes large files of rows: 16 numbers, four of which matter, a category, and a label. */

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, rmSync } from 'node:fs';
import { finished } from 'node:stream/promises';

const NUMBERS = 16;
const THAT_MATTER = 4;
const COLOURS = 'abcde';
const ROWS_PER_CHUNK = 2000;

/** @param {string} file @param {number} megabytes about so many @param {string} format 'csv' or 'parquet' */
export async function writeLargeFile(file, megabytes, format) {
  if (format === 'csv') return writeCsv(file, megabytes * 1e6);
  const csv = `${file}.csv`;
  // As Parquet, the same rows take about 0.87 times the space.
  await writeCsv(csv, (megabytes * 1e6) / 0.87);
  await toParquet(csv, file);
  rmSync(csv);
}

async function writeCsv(file, bytes) {
  const out = createWriteStream(file, { highWaterMark: 2 ** 22 });
  const names = Array.from({ length: NUMBERS }, (_, i) => `x${i}`);
  out.write(`${names.join(',')},colour,label\n`);
  const random = generator(12345);
  for (let written = 0; written < bytes; ) {
    const chunk = Array.from({ length: ROWS_PER_CHUNK }, () => row(random)).join('');
    written += chunk.length;
    if (!out.write(chunk)) await once(out, 'drain');
  }
  out.end();
  await finished(out);
}

function row(random) {
  const numbers = Array.from({ length: NUMBERS }, () => Math.round(random() * 1e5) / 1e5);
  const colour = Math.floor(random() * COLOURS.length);
  const sum = numbers.slice(0, THAT_MATTER).reduce((a, b) => a + b, 0.3 * colour + 0.3 * random());
  return `${numbers.join(',')},${COLOURS[colour]},${sum > 2.7 ? 'yes' : 'no'}\n`;
}

/** A linear congruential generator: the same rows every time. */
function generator(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** By DuckDB, in a process of its own: it takes memory of its own. */
async function toParquet(from, to) {
  const code = `
    const { DuckDBInstance } = await import('@duckdb/node-api');
    const connection = await (await DuckDBInstance.create()).connect();
    await connection.run("copy (from read_csv('${from}')) to '${to}' (format parquet)");`;
  execFileSync(process.execPath, ['--input-type=module', '-e', code], { stdio: 'inherit' });
}
