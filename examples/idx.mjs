/** The files of MNIST and its successors: arrays of bytes in the IDX format, compressed or not. */

import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** Third byte of the magic number: the items are unsigned bytes. */
const UNSIGNED_BYTE = 8;

/**
 * Reads an IDX file: a magic number whose last byte counts the dimensions, the size of each dimension, all
 * big-endian, and the items.
 *
 * @param {string} file ending in .gz if it is compressed
 * @returns {{ shape: number[], items: Uint8Array }}
 */
export function readIdx(file) {
  const contents = readFileSync(file);
  const bytes = file.endsWith('.gz') ? gunzipSync(contents) : contents;
  const magic = bytes.readUInt32BE(0);
  if (magic >>> 8 !== UNSIGNED_BYTE) {
    throw new Error(`${file} starts with 0x${magic.toString(16)}, expected the IDX format with bytes, 0x8..`);
  }
  const shape = Array.from({ length: magic & 0xff }, (_, i) => bytes.readUInt32BE(4 + 4 * i));
  const headerSize = 4 + 4 * shape.length;
  const expectedSize = headerSize + shape.reduce((product, size) => product * size, 1);
  if (bytes.length !== expectedSize) {
    throw new Error(`${file} has ${bytes.length} bytes, expected ${expectedSize} for ${shape.join(' x ')}`);
  }
  return {
    shape,
    items: new Uint8Array(bytes.buffer, bytes.byteOffset + headerSize, expectedSize - headerSize),
  };
}

/**
 * Reads images with the class of each.
 *
 * @param {string} imagesFile (count, height, width) in IDX
 * @param {string} labelsFile (count) in IDX
 * @returns {{ images: Float32Array, labels: Uint8Array }} images (count, height * width), each pixel from 0
 *   to 1; labels (count)
 */
export function readLabelledImages(imagesFile, labelsFile) {
  const { shape, items } = readIdx(imagesFile);
  const labels = readIdx(labelsFile);
  if (labels.shape[0] !== shape[0]) {
    throw new Error(
      `${labelsFile} has ${labels.shape[0]} labels, expected one for each of ${shape[0]} images`,
    );
  }
  const images = new Float32Array(items.length);
  // Not Float32Array.from, which takes seconds for the 47 million pixels of MNIST.
  for (let i = 0; i < items.length; i++) images[i] = items[i] / 255;
  return { images, labels: labels.items };
}
