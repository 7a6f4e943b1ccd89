/** Stamps: files beside a step's products, with a hash of everything they were made from. */

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * @typedef {object} Stamped
 * @property {string} stamp the stamp's file; this and all other paths are relative to the root
 * @property {string[]} products
 */

/**
 * A hash of what a step depends on.
 *
 * @param {string} root
 * @param {object} step
 * @param {string[]} step.inputs files and whole folders; one that does not exist counts as empty
 * @param {string[]} step.values whatever else decides the outcome, e.g. the version of Node
 */
export function fingerprint(root, { inputs, values }) {
  const hash = createHash('sha256');
  for (const value of values) hash.update(`${value}\0`);
  for (const file of inputs.flatMap((input) => filesUnder(root, input))) {
    // The length separates the end of one file from the name of the next.
    const content = readFileSync(path.join(root, file));
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/**
 * True if the products are those that were stamped with this hash.
 *
 * @param {string} root
 * @param {Stamped} step
 * @param {string} hash
 */
export function isFresh(root, { stamp, products }, hash) {
  const files = [stamp, ...products].map((file) => path.join(root, file));
  return (
    files.every((file) => existsSync(file)) && readFileSync(files[0], 'utf8') === text(root, products, hash)
  );
}

/**
 * @param {string} root
 * @param {Stamped} step
 * @param {string} hash
 */
export function writeStamp(root, { stamp, products }, hash) {
  const file = path.join(root, stamp);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text(root, products, hash));
}

/** With the products' times, so that a later build by hand, from other inputs, is noticed. */
function text(root, products, hash) {
  return [hash, ...products.map((file) => statSync(path.join(root, file)).mtimeMs)].join('\n');
}

function filesUnder(root, name) {
  const full = path.join(root, name);
  if (!existsSync(full)) return [];
  if (!statSync(full).isDirectory()) return [name];
  return readdirSync(full)
    .sort()
    .flatMap((entry) => filesUnder(root, path.join(name, entry)));
}
