/**
 * Where this code runs from. This file lies directly in src/, so that the package is the folder above both
 * here and in dist/.
 */

import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The folders that this module may lie in, the likelier first; none where a bundler has left no trace. A
 * bundle in CommonJS has no import.meta.url, or the one of the machine it was made on, but knows __dirname.
 */
export function moduleFolders(): string[] {
  const folders: string[] = [];
  try {
    folders.push(dirname(fileURLToPath(import.meta.url)));
  } catch {
    // import.meta.url is undefined, or no file's.
  }
  if (typeof __dirname === 'string' && !folders.includes(__dirname)) folders.push(__dirname);
  return folders;
}

/**
 * The package's prebuilds/, or null. Tracers of files (@vercel/nft, ncc, webpack's asset relocator) copy the
 * folder because they can evaluate this expression, and write the copy's place over it: it has to stay one
 * expression of constants.
 */
export function prebuildsFolder(): string | null {
  try {
    return join(dirname(fileURLToPath(import.meta.url)), '..', 'prebuilds');
  } catch {
    return null;
  }
}
