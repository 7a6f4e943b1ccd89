/** Loads the native addon: the named one, or the first one found. */

import { statSync } from 'node:fs';
import { resolve, toNamespacedPath } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ChainruleError, messageOf } from '../../error.js';
import { VERSION } from '../../version.js';
import { type AddonAttempt, type AddonDemand, AddonError, codeOf } from './addon-error.js';
import { addonFiles, type Surroundings, surroundings, unpacked } from './addon-files.js';
import { checkElf } from './elf.js';

/** A native addon and where it came from. */
export interface LoadedAddon {
  /** What the addon exports. */
  addon: unknown;
  /** Its absolute path; undefined if its exports were given to `useAddon`. */
  path: string | undefined;
}

/** Stands in messages for the path of an addon whose exports were given. */
const GIVEN_EXPORTS = 'the exports handed to useAddon';

/** Given to `useAddon`: an absolute path, or exports. */
let given: string | object | undefined;

/** Result of the last search, after which it is too late for `useAddon`. Null if nothing was found. */
let found: LoadedAddon | null | undefined;

/**
 * Loads the addon named by the environment variable CHAINRULE_ADDON, or else by `useAddon`, and no other; if
 * neither names one, the first of `addonFiles`. A file that exists but does not load, or has another version,
 * ends the search: its fault should be visible, not hidden by another file.
 *
 * @throws {@link AddonError} ERR_BACKEND with the files that were tried and the results
 */
export function loadAddon(lookAround: () => Surroundings = surroundings): LoadedAddon {
  found = null;
  const chosen = process.env.CHAINRULE_ADDON;
  if (chosen) found = loadNamed(resolve(chosen), 'CHAINRULE_ADDON');
  else if (given !== undefined) found = loadNamed(given, 'useAddon');
  else found = searchAddon(lookAround());
  return found;
}

/** Public through use-addon.ts, which documents it. */
export function useAddon(pathOrExports: string | object): void {
  const wanted = named(pathOrExports);
  if (found !== undefined && wanted !== (typeof wanted === 'string' ? found?.path : found?.addon)) {
    const chosen = found === null ? 'none was found' : (found.path ?? GIVEN_EXPORTS);
    throw new ChainruleError(
      'ERR_BACKEND',
      `useAddon came too late: the native addon was looked for before (${chosen}); call useAddon before the ` +
        'first network is made and before backend()',
    );
  }
  given = wanted;
}

function named(value: unknown): string | object {
  if (typeof value === 'string' || value instanceof URL) {
    const path = toPath(value);
    if (path !== null) return path;
  } else if (typeof value === 'object' && value !== null && 'Network' in value) return value;
  const kind = value === null ? 'null' : typeof value;
  const came = typeof value === 'string' || value instanceof URL ? `'${value}'` : kind;
  throw new ChainruleError(
    'ERR_OPTION',
    `useAddon: expected the path of a chainrule.node or what it exports, got ${came}` +
      (came === 'object' ? ' without a class Network' : ''),
  );
}

function toPath(value: string | URL): string | null {
  if (value === '') return null;
  if (typeof value === 'string' && !value.startsWith('file:')) return resolve(value);
  try {
    return fileURLToPath(value);
  } catch {
    // Not a file: URL.
    return null;
  }
}

function loadNamed(addon: string | object, demand: AddonDemand): LoadedAddon {
  const path = typeof addon === 'string' ? addon : GIVEN_EXPORTS;
  try {
    if (typeof addon === 'string') return loadFile(addon);
    checkVersion(addon);
    return { addon, path: undefined };
  } catch (cause) {
    throw failure([{ path, problem: problemOf(cause) }], demand, false, cause);
  }
}

function searchAddon(from: Surroundings): LoadedAddon {
  const attempts: AddonAttempt[] = [];
  for (const { path, isGuess } of addonFiles(from)) {
    try {
      return loadFile(path);
    } catch (cause) {
      attempts.push({ path, problem: problemOf(cause) });
      if (!isGuess && !isAbsence(cause) && !isOutOfSight(cause))
        throw failure(attempts, null, from.root === null, cause);
    }
  }
  throw failure(attempts, null, from.root === null, undefined);
}

/** @throws an error with the code ENOENT if there is no such file, and any error of loading it */
function loadFile(path: string): LoadedAddon {
  const file = unpacked(path);
  // Check first that the file exists: dlopen's message for a missing file depends on the system.
  checkElf(file, statSync(file).size);
  // Not require(), which would run any other file as a script.
  const target = { exports: {} };
  process.dlopen(target, toNamespacedPath(file));
  checkVersion(target.exports);
  return { addon: target.exports, path: file };
}

/** Refuses an addon of another version: the two parts of this library work together only as built. */
function checkVersion(addon: object): void {
  const version = 'version' in addon ? addon.version : undefined;
  if (version === VERSION) return;
  throw new Error(`it is of chainrule ${version ?? '(of no known version)'}, expected ${VERSION}`);
}

function failure(
  attempts: AddonAttempt[],
  demand: AddonDemand | null,
  isBundled: boolean,
  cause: unknown,
): AddonError {
  // With this code the addon reports that it has no such kernels.
  const refusal = codeOf(cause) === 'CHAINRULE_SIMD' ? 'CHAINRULE_SIMD' : null;
  return new AddonError({ attempts, demand: refusal ?? demand, isBundled, cause });
}

function isAbsence(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(codeOf(error) as string);
}

/** Whether Node's permission model forbids even looking, for example next to an executable. */
function isOutOfSight(error: unknown): boolean {
  return codeOf(error) === 'ERR_ACCESS_DENIED';
}

function problemOf(error: unknown): string {
  if (isAbsence(error)) return 'not found';
  return messageOf(error);
}
