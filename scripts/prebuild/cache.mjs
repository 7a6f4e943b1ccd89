/** The tools and sources of prebuilds, fetched or built once: after the first time no network is needed. */

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import process from 'node:process';

/** CHAINRULE_CACHE, or a folder where the user's caches are. */
export function cacheFolder(env = process.env) {
  if (env.CHAINRULE_CACHE) return path.resolve(env.CHAINRULE_CACHE);
  return path.join(env.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'chainrule');
}

/**
 * The cached folder `name`; `make` fills it if it does not exist yet. Until it is complete it has another name,
 * so that an incomplete folder is never used.
 *
 * @param {string} name changes with everything that the content depends on
 * @param {(folder: string) => Promise<void>} make fills the folder
 * @returns {Promise<string>} its path
 */
export async function cached(name, make) {
  const folder = path.join(cacheFolder(), name);
  if (existsSync(folder)) return folder;
  mkdirSync(path.dirname(folder), { recursive: true });
  const unfinished = mkdtempSync(`${folder}.part-`);
  try {
    await make(unfinished);
    renameSync(unfinished, folder);
  } catch (error) {
    // Another process may have been first.
    if (!existsSync(folder)) throw error;
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return folder;
}

/** @param {string} file */
export function sha256(file) {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}
