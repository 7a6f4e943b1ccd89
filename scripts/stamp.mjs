/** A stamp is a file with a hash of all that a build was made from. It tells whether to build again. */

import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { ROOT } from './process.mjs';

/**
 * @typedef {object} Build
 * @property {string} stamp file for the hash; this and all other paths are relative to the root
 * @property {string} product a file that the build makes
 * @property {string[]} inputs files and whole folders
 * @property {string[]} variables names in the environment
 */

/** @param {Build} build */
export function fingerprint({ inputs, variables }) {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\0`);
  for (const name of variables) hash.update(`${process.env[name] ?? ''}\0`);
  for (const file of inputs.flatMap(filesUnder)) {
    // The length keeps the end of one file and the name of the next apart.
    const content = readFileSync(path.join(ROOT, file));
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/** @param {Build} build */
export function isFresh(build) {
  // A product that is newer than its stamp was built by hand since, perhaps from other sources.
  const isStamped = modified(build.product) <= modified(build.stamp);
  return isStamped && readFileSync(path.join(ROOT, build.stamp), 'utf8') === fingerprint(build);
}

/**
 * @param {Build} build
 * @param {string} hash
 */
export function writeStamp(build, hash) {
  const file = path.join(ROOT, build.stamp);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, hash);
}

/** When a file was changed last; NaN, which no comparison holds for, if there is none. */
export function modified(file) {
  return statSync(path.join(ROOT, file), { throwIfNoEntry: false })?.mtimeMs ?? Number.NaN;
}

function filesUnder(name) {
  const full = path.join(ROOT, name);
  if (!statSync(full).isDirectory()) return [name];
  return readdirSync(full)
    .sort()
    .flatMap((entry) => filesUnder(path.join(name, entry)));
}
