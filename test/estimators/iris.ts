/** Fisher's iris as rows of objects. */

import { readFileSync } from 'node:fs';

export interface Iris {
  sepalLength: number;
  sepalWidth: number;
  petalLength: number;
  petalWidth: number;
  species: string;
}

export function irisRows(): Iris[] {
  const text = readFileSync(new URL('../fixtures/iris.csv', import.meta.url), 'utf8');
  const [header, ...lines] = text.trimEnd().split('\n');
  const names = header.split(',');
  return lines.map((line) => {
    const cells = line.split(',');
    return Object.fromEntries(names.map((name, i) => [name, i < 4 ? Number(cells[i]) : cells[i]])) as unknown as Iris;
  });
}
