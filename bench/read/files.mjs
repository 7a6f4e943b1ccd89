/** The files that are read: invented numbers and words, the same each time. */

import { once } from 'node:events';
import { createWriteStream } from 'node:fs';

const COLUMNS = 20;
const WORDS = ['north', 'south', 'east', 'west', 'north-east', 'somewhere else'];

/** Numbers from 0 to below 1, by a linear congruence. */
function uniform(seed = 1) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Writes lines until the file is long enough. */
async function writeLines(file, bytes, header, lineOf) {
  const out = createWriteStream(file);
  out.write(`${header}\n`);
  let written = 0;
  for (let row = 0; written < bytes; ) {
    let text = '';
    for (const end = row + 2000; row < end; row++) text += `${lineOf(row)}\n`;
    written += text.length;
    if (!out.write(text)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
}

const names = Array.from({ length: COLUMNS }, (_, i) => `c${i}`).join();

function csv(cellOf) {
  return async (file, bytes) => {
    const random = uniform();
    await writeLines(file, bytes, names, (row) => {
      let line = '';
      for (let column = 0; column < COLUMNS; column++)
        line += (column > 0 ? ',' : '') + cellOf(random, column, row);
      return line;
    });
  };
}

const decimals = (random, column) => (1000 * random() - 500).toFixed(column % 6);
const doubles = (random) => String(random() - 0.5);
const mixed = (random, column, row) => {
  if (column % 4 === 0) return WORDS[Math.floor(WORDS.length * random())];
  if (column % 4 === 1) return `"item, ${row}"`;
  return random() < 0.05 ? '' : decimals(random, column);
};

/** Row groups of 100,000 rows, as DuckDB writes them. */
async function parquet(file, bytes) {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const columns = names
    .split(',')
    .map((name, i) => (i % 4 === 3 ? `'w' || (i % 7) as ${name}` : `random() as ${name}`));
  const rows = Math.ceil(bytes / (8 * 0.75 * COLUMNS));
  await connection.run('select setseed(0.5)');
  await connection.run(
    `copy (select ${columns} from range(${rows}) t(i)) to '${file}' (format parquet, row_group_size 100000)`,
  );
  connection.closeSync();
}

export const FILES = [
  { name: 'decimals.csv', write: csv(decimals) },
  { name: 'doubles.csv', write: csv(doubles) },
  { name: 'mixed.csv', write: csv(mixed) },
  { name: 'mixed.parquet', write: parquet },
];
