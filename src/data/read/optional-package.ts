/** Loads a package that is needed for one format only, so that the others do without it. */

import { ChainruleError } from '../../error.js';

/**
 * @param name - not known to bundlers, which would look for the package; nor do they take it for one of their own modules
 * @throws {@link ChainruleError} ERR_FILE that says what to install
 */
export async function loadPackage<T>(name: string, path: string): Promise<T> {
  try {
    return (await import(/* webpackIgnore: true */ /* @vite-ignore */ name)) as T;
  } catch (cause) {
    throw new ChainruleError(
      'ERR_FILE',
      `${path} can be read with the package ${name}, which could not be loaded: npm install ${name}`,
      { cause },
    );
  }
}

/** The same if the package may be missing. */
export async function loadPackageIfThere<T>(name: string): Promise<T | null> {
  try {
    return (await import(/* webpackIgnore: true */ /* @vite-ignore */ name)) as T;
  } catch {
    return null;
  }
}
