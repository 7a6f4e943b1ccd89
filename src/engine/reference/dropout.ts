import { Stream, threefry2x32 } from '../../numbers/random.js';
import type { FloatArray } from './vector.js';

const words = new Uint32Array(2);

/**
 * Draws a layer's mask for one step of inverted dropout: 0, with probability `rate`, for an activation that
 * is dropped, and 1 / (1 - rate) for one that stays, so that the next layer's expected sums do not change
 * (Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov: "Dropout", JMLR 15, 2014, section 10).
 *
 * @param layer number of the layer, from 0
 * @param step number of the step, from 1
 * @param mask (rows, units)
 */
export function drawMask(
  seed: number,
  layer: number,
  step: number,
  rate: number,
  rows: number,
  units: number,
  mask: FloatArray,
): void {
  const stream = Stream.dropout + 256 * layer;
  const threshold = Math.floor(rate * 2 ** 32);
  const scale = 1 / (1 - rate);
  const position = step >>> 0; // its sum with a key would be no whole number from 2^53 on
  for (let i = 0; i < rows * units; i++) {
    threefry2x32(seed, stream, i, position, words);
    mask[i] = words[0] < threshold ? 0 : scale;
  }
}

/** out = mask (.) values, the first `count` of each; a dropped value is 0 even if it was infinite. */
export function applyMask(mask: FloatArray, count: number, values: FloatArray, out: FloatArray): void {
  for (let i = 0; i < count; i++) out[i] = mask[i] === 0 ? 0 : mask[i] * values[i];
}
