// Writes the files that are too large to keep: node generate.mjs [folder]
// The folder is "generated" beside this script unless another one is given.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const out = process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), 'generated');
mkdirSync(out, { recursive: true });

// 60 rows, 5,000 number columns f0 … f4999 and a label.
// Cell: ((31 · row + 17 · column) mod 101) / 10; label "high" in odd rows, else "low".
const columns = 5000;
const lines = [`${[...Array(columns).keys()].map((c) => `f${c}`).join(',')},label`];
for (let row = 0; row < 60; row++) {
  let line = '';
  for (let c = 0; c < columns; c++) line += `${((row * 31 + c * 17) % 101) / 10},`;
  lines.push(line + (row % 2 ? 'high' : 'low'));
}
writeFileSync(join(out, 'wide-5000.csv'), `${lines.join('\n')}\n`);
