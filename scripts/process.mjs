/** This program and others: where the project is, which module was started, where a program is. */

import { accessSync, constants, realpathSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** The project's root, whatever the current directory is. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** True when the module at `url` is the program that node was started with. */
export function isMain(url) {
  return process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(url);
}

/** Full path of a program on PATH, or ''. */
export function findProgram(name, env = process.env) {
  for (const folder of (env.PATH ?? '').split(path.delimiter)) {
    const file = path.join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not in this folder.
    }
  }
  return '';
}
