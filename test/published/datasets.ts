/** Two small data sets as in scikit-learn, with every column scaled to [0, 1]. */

import { readFileSync } from 'node:fs';

export interface Classified {
  x: number[][];
  /** Class indices. */
  y: number[];
}

/** Fisher's iris: 150 flowers, 4 lengths in cm, 3 species ("The use of multiple measurements ...", 1936). */
export function readIris(): Classified {
  const species = ['setosa', 'versicolor', 'virginica'];
  const rows = readLines('iris.csv')
    .slice(1)
    .map((line) => line.split(','));
  return {
    x: scale(rows.map((row) => row.slice(0, 4).map(Number))),
    y: rows.map((row) => species.indexOf(row[4])),
  };
}

/**
 * Handwritten digits: 1,797 images of 8 x 8 with 17 shades (Alpaydin and Kaynak, "Optical recognition of
 * handwritten digits", UCI, 1998). A line of the file is the digit and its pixels, from 0 to g.
 */
export function readDigits(): Classified {
  const lines = readLines('digits.txt');
  return {
    x: scale(lines.map((line) => Array.from(line.slice(2), (shade) => Number.parseInt(shade, 17)))),
    y: lines.map((line) => Number(line[0])),
  };
}

function readLines(file: string): string[] {
  return readFileSync(new URL(`../fixtures/${file}`, import.meta.url), 'utf8')
    .trimEnd()
    .split('\n');
}

/** scikit-learn's MinMaxScaler; a column with one value becomes 0. */
function scale(rows: number[][]): number[][] {
  const lows = rows[0].map((_, column) => Math.min(...rows.map((row) => row[column])));
  const spans = lows.map((low, column) => Math.max(...rows.map((row) => row[column])) - low || 1);
  return rows.map((row) => row.map((value, column) => (value - lows[column]) / spans[column]));
}
