/**
 * Where this code runs from: src/engine/, dist/esm/ or dist/cjs/, each of them two folders below the package;
 * or a bundle.
 */

import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The folders that this module may lie in, the likelier first; none where a bundler has left no trace. A
 * bundle in CommonJS has no import.meta.url, or the one of the machine it was made on, but knows __dirname.
 */
export function moduleFolders(): string[] {
  return unlessTheyThrow(
    () => dirname(fileURLToPath(import.meta.url)),
    () => __dirname,
  );
}

/**
 * Where a tracer of files (@vercel/nft, ncc, webpack's asset relocator) says that it has put its copy of the
 * package's prebuilds/; none where none has written over the expressions below.
 */
export function tracedPrebuilds(): string[] {
  const asWritten = moduleFolders().map((folder) => resolve(folder, '../../prebuilds'));
  const found = unlessTheyThrow(prebuildsByUrl, prebuildsByFolder).map((folder) => resolve(folder));
  return found.filter((folder) => !asWritten.includes(folder));
}

// Tracers copy the folder because they can evaluate these two, and know them in no other form than this: the
// whole of what a function returns, of constants only.

function prebuildsByUrl(): string {
  return join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'prebuilds');
}

function prebuildsByFolder(): string {
  return `${__dirname}/../../prebuilds`;
}

function unlessTheyThrow(...finds: (() => string)[]): string[] {
  const found = new Set<string>();
  for (const find of finds) {
    try {
      found.add(find());
    } catch {
      // An ES module has no __dirname, and a bundle in CommonJS no import.meta.url.
    }
  }
  return [...found];
}
