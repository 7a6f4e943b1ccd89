/**
 * Data and initial weights that are the same everywhere: integer arithmetic, and well-defined roundings to
 * float32. So losses recorded once on one machine are valid on all.
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { layersOf } from './cases.mjs';

const INPUT_SEED = 1;
const PARAMETER_SEED = 2;

/**
 * @typedef {object} CaseData
 * @property {Float32Array} inputs (rows, inputs), uniform with variance 1
 * @property {Int32Array} targets (rows): classes, or 0 and 1
 * @property {Float32Array} parameters for each layer the weight (out, in) row-major, then the bias
 */

/**
 * Rows for `steps` batches of a case. A row's class is the index of the largest of its first inputs; for bce
 * it is whether the first input exceeds the second: something to learn, and cheap to make.
 *
 * @returns {CaseData}
 */
export function makeData({ sizes, batch, loss }, steps) {
  const [width] = sizes;
  const rows = steps * batch;
  const inputs = uniform(rows * width, Math.sqrt(3), INPUT_SEED);
  const targets = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    const values = inputs.subarray(row * width);
    targets[row] = loss === 'bce' ? Number(values[0] > values[1]) : largest(values, sizes.at(-1));
  }
  return { inputs, targets, parameters: makeParameters(sizes) };
}

/** He uniform weights; nonzero biases, so that a contender that ignores them is noticed. */
function makeParameters(sizes) {
  const tensors = layersOf(sizes).flatMap(([inputs, units], l) => [
    uniform(inputs * units, Math.sqrt(6 / inputs), PARAMETER_SEED + 2 * l),
    uniform(units, 0.1, PARAMETER_SEED + 2 * l + 1),
  ]);
  const flat = new Float32Array(tensors.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const tensor of tensors) {
    flat.set(tensor, at);
    at += tensor.length;
  }
  return flat;
}

/** Layers of a flat array of parameters: `{ weight, bias }` each, as views. */
export function layerParameters(sizes, flat) {
  let at = 0;
  const take = (length) => {
    at += length;
    return flat.subarray(at - length, at);
  };
  return layersOf(sizes).map(([inputs, units]) => ({ weight: take(inputs * units), bias: take(units) }));
}

/** Writes a case's data to files that contenders in every language read. */
export function writeData(folder, one) {
  mkdirSync(folder, { recursive: true });
  for (const [name, values] of Object.entries(makeData(one, one.steps))) {
    writeFileSync(path.join(folder, name), values);
  }
}

/** Uniform in [-range, range), by the finaliser of MurmurHash3 over a counter. */
function uniform(length, range, seed) {
  const values = new Float32Array(length);
  const start = Math.imul(seed, 0x9e3779b9);
  for (let i = 0; i < length; i++) {
    let word = (start + i) | 0;
    word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
    word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
    word ^= word >>> 16;
    values[i] = ((word >> 8) / 2 ** 23) * range;
  }
  return values;
}

function largest(values, count) {
  let best = 0;
  for (let i = 1; i < count; i++) if (values[i] > values[best]) best = i;
  return best;
}
