import { ChainruleError } from '../../error.js';

/** A file that was tried, and the result. */
export interface AddonAttempt {
  /** Absolute. */
  path: string;
  problem: string;
}

/** The setting that asks for an addon or kernels that are not available, so that there is no fallback. */
export type AddonDemand = 'CHAINRULE_ADDON' | 'CHAINRULE_SIMD' | 'useAddon';

/** What is known about a failed search for the addon. */
export interface AddonSearch {
  attempts: readonly AddonAttempt[];
  /** The setting that named the addon or the kernels; null for the library's own search. */
  demand: AddonDemand | null;
  /** Whether this code runs from a bundle, away from its package. */
  isBundled: boolean;
  /** The error of the file that ended the search, if one did. */
  cause?: unknown;
}

/** No native addon could be loaded. */
export class AddonError extends ChainruleError implements AddonSearch {
  readonly attempts: readonly AddonAttempt[];
  readonly demand: AddonDemand | null;
  readonly isBundled: boolean;

  constructor({ attempts, demand, isBundled, cause }: AddonSearch) {
    const lines = attempts.map(({ path, problem }) => `\n  ${path}: ${problem}`).join('');
    super('ERR_BACKEND', `no native addon could be loaded; tried:${lines}`, { cause });
    this.attempts = attempts;
    this.demand = demand;
    this.isBundled = isBundled;
  }

  /** Whether this process was started without the permission to load addons. */
  get isForbidden(): boolean {
    return codeOf(this.cause) === 'ERR_DLOPEN_DISABLED';
  }
}

/** The code of an error from Node or the addon. */
export function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
