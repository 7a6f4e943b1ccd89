/** Data sets of the npm package `vega-datasets`. */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const folder = path.join(path.dirname(createRequire(import.meta.url).resolve('vega-datasets')), '../data');

/** The path of a data set's file, such as 'cars.json'. */
export function dataFile(name) {
  return path.join(folder, name);
}

/** The rows of a data set in JSON. */
export function readRows(name) {
  return JSON.parse(readFileSync(dataFile(name), 'utf8'));
}
