import { ChainruleError } from '../../error.js';

/** A file that was tried and what came of it. */
export interface AddonAttempt {
  /** Absolute. */
  path: string;
  problem: string;
}

/** Who asked for what cannot be had, so that nothing may stand in for it: an addon, or kernels. */
export type AddonDemand = 'CHAINRULE_ADDON' | 'CHAINRULE_SIMD' | 'useAddon';

/** What is known of a search for the addon that failed. */
export interface AddonSearch {
  attempts: readonly AddonAttempt[];
  /** Who named the addon or the kernels; null where the search was the library's own. */
  demand: AddonDemand | null;
  /** Whether this code runs from a bundle, away from its package. */
  isBundled: boolean;
  /** What was thrown by the file that ended the search, if one did. */
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

  /** Whether this process was started so that it may load no addon. */
  get isForbidden(): boolean {
    return codeOf(this.cause) === 'ERR_DLOPEN_DISABLED';
  }
}

/** The code of an error of Node's or the addon's. */
export function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
