/**
 * Where this code runs from: src/engine/, dist/esm/ or dist/cjs/, each two folders below the package; or a
 * bundle.
 */

import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The folders that this module may be in, likeliest first; none if a bundler has left no trace. A CommonJS
 * bundle has __dirname, but no import.meta.url, or that of the machine where it was built.
 */
export function moduleFolders(): string[] {
  return unlessTheyThrow(
    () => dirname(fileURLToPath(import.meta.url)),
    () => __dirname,
  );
}

/**
 * Where a file tracer (@vercel/nft, ncc, webpack's asset relocator) says that it has copied the package's
 * prebuilds/; none if no tracer has replaced the expressions below.
 */
export function tracedPrebuilds(): string[] {
  const asWritten = moduleFolders().map((folder) => resolve(folder, '../../prebuilds'));
  const found = unlessTheyThrow(prebuildsByUrl, prebuildsByFolder).map((folder) => resolve(folder));
  return found.filter((folder) => !asWritten.includes(folder));
}

// Tracers copy the folder because they can evaluate these two expressions. They recognize only this form: the
// whole return value of a function, made of constants only.

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
      // An ES module has no __dirname, and a CommonJS bundle has no import.meta.url.
    }
  }
  return [...found];
}
