/** Folders that are made where they are missing. */

import { dirname, resolve } from 'node:path';
import { ChainruleError, reasonOf } from '../error.js';
import { syncNames } from './atomic-write.js';
import { type FileSystem, systemCode } from './file-system.js';

/**
 * Makes a folder, and those above it, whose names survive a loss of power as what is in them does.
 *
 * One by one: Node's `recursive` asks without end where the system says that nothing is there, below a folder that is, as
 * Linux does in /proc.
 *
 * @throws {@link ChainruleError} ERR_FILE
 */
export async function makeFolder(path: string, files: FileSystem): Promise<void> {
  try {
    await make(resolve(path), files);
  } catch (cause) {
    throw new ChainruleError('ERR_FILE', `${path} could not be made a folder: ${reasonOf(cause)}`, { cause });
  }
}

async function make(path: string, files: FileSystem): Promise<void> {
  const parent = dirname(path);
  try {
    await files.mkdir(path);
  } catch (error) {
    if (await isFolder(path, files)) return;
    if (systemCode(error) !== 'ENOENT' || parent === path) throw error;
    await make(parent, files);
    // Once: where nothing can be made, it is missing again. Somebody else may have made it by now.
    await files.mkdir(path).catch(async (again) => {
      if (!(await isFolder(path, files))) throw again;
    });
  }
  await syncNames(parent, files);
}

async function isFolder(path: string, files: FileSystem): Promise<boolean> {
  return files.stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}
