/** Files of rows: CSV, JSON, IDX, and those that other libraries read, Arrow and Parquet. */

import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { mutateBytes } from '../mutate-bytes.mjs';
import { mutateJson, mutateText } from '../mutate-json.mjs';
import { mutateParquet } from '../mutate-parquet.mjs';

const FILES = new URL('../../rows/files/', import.meta.url);
const CORPUS = new URL('../corpus/', import.meta.url);
const seed = (folder, name) => ({ name, bytes: readFileSync(new URL(name, folder)) });

/** By DuckDB, pyarrow and hyparquet-writer: each codec, both kinds of pages, each way to write values. */
const PARQUET = new URL('../corpus/parquet/', import.meta.url);
const REFUSED = new URL('../corpus/refused/', import.meta.url);

const TOKENS = [
  '"',
  '""',
  ',',
  ';',
  '\t',
  '|',
  '\n',
  '\r',
  '\r\n',
  '\0',
  '\ufeff',
  '\ud800',
  '1e999',
  '-',
  '.',
  '1,5',
  'NaN',
  "'",
  '\\',
  '#',
  '2020-13-45',
  '00:00',
  ' ',
  '\u2028',
  'x'.repeat(70_000),
  ','.repeat(2000),
  '9'.repeat(400),
  '=1+1',
];

export function rowTargets({ readTable }) {
  const run = (ending) => async (bytes, folder) => {
    const file = path.join(folder, `rows.${ending}`);
    await writeFile(file, bytes);
    const table = await readTable(file);
    for (const { name } of table.columns) {
      if (table.typed(name).length !== table.rowCount) throw new Error('a column of another length');
    }
  };
  const bytesOnly = (random, { bytes }, other) => mutateBytes(random, bytes, other.bytes);
  return [
    {
      name: 'csv',
      seeds: ['small.csv', 'quoted.csv', 'windows.csv'].map((name) => seed(CORPUS, name)),
      mutate: mutateCsv,
      run: run('csv'),
    },
    {
      name: 'json',
      seeds: ['rows.jsonl', 'rows.json'].map((name) => seed(CORPUS, name)),
      mutate: mutateRows,
      run: run('jsonl'),
    },
    {
      name: 'idx',
      seeds: ['labels.idx1', 'images.idx3', 'doubles.idx2'].map((name) => seed(CORPUS, name)),
      mutate: mutateIdx,
      run: run('idx'),
    },
    {
      name: 'arrow',
      seeds: ['arrow-file.arrow', 'arrow-stream.arrow'].map((name) => seed(FILES, name)),
      refused: [seed(REFUSED, 'endless-footer.arrow')],
      mutate: bytesOnly,
      run: run('arrow'),
    },
    {
      name: 'parquet',
      seeds: [
        ...['parquet-snappy.parquet', 'parquet-plain.parquet'].map((name) => seed(FILES, name)),
        ...readdirSync(PARQUET).map((name) => seed(PARQUET, name)),
      ],
      refused: readdirSync(REFUSED)
        .filter((name) => name.endsWith('.parquet'))
        .map((name) => seed(REFUSED, name)),
      mutate: mutateParquet,
      run: run('parquet'),
    },
  ];
}

function mutateCsv(random, { bytes }, other) {
  if (random.chance(0.3)) return mutateBytes(random, bytes, other.bytes);
  let text = bytes.toString('utf8');
  for (let changes = 1 + random.below(4); changes > 0; changes--) {
    const at = random.below(text.length + 1);
    text = text.slice(0, at) + random.pick(TOKENS) + text.slice(at + random.below(3));
  }
  return random.chance(0.1) ? Buffer.from(`\ufeff${text}`, 'utf16le') : Buffer.from(text);
}

function mutateRows(random, { name, bytes }, other) {
  if (random.chance(0.3)) return mutateBytes(random, bytes, other.bytes);
  const text = bytes.toString('utf8');
  if (name.endsWith('.json')) return Buffer.from(mutateText(random, mutateJson(random, JSON.parse(text))));
  const lines = text.trimEnd().split('\n');
  const i = random.below(lines.length);
  lines[i] = mutateText(random, mutateJson(random, JSON.parse(lines[i])));
  return Buffer.from(lines.join('\n'));
}

const SIZES = [0, 1, 2, 0x7fffffff, 0x80000000, 0xffffffff, 0x10000, 0x01000000];

function mutateIdx(random, { bytes }, other) {
  if (random.chance(0.4)) return mutateBytes(random, bytes, other.bytes);
  const mutant = Buffer.from(bytes);
  const places = [...Array(mutant[3]).keys()].map((dimension) => 4 + 4 * dimension);
  for (const place of places) if (random.chance(0.5)) mutant.writeUInt32BE(random.pick(SIZES), place);
  if (random.chance(0.3)) mutant[2] = random.pick([8, 9, 0x0b, 0x0c, 0x0d, 0x0e, 0]);
  if (random.chance(0.3)) mutant[3] = random.below(12);
  return mutant;
}
