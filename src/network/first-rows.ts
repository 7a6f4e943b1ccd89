/** Whether batches are those of the fit before the interruption: all of them would have to be read to be sure. */

import type { Samples } from '../engine/contract.js';
import { ChainruleError } from '../error.js';
import { digestsOf } from './fit-data.js';

/** Remembers the first rows of an epoch, which with most sources are those of every epoch. */
export class FirstRows {
  /** Null if they were not always the same. */
  #digest: string | null | undefined;
  readonly #epochs: number;

  /**
   * @param before - what `digest` gave in the process before
   * @param epochs - of how many epochs
   */
  constructor(before: string | null | undefined, epochs: number) {
    this.#digest = before;
    this.#epochs = epochs;
  }

  /** Of the epochs so far. */
  get digest(): string | null {
    return this.#digest ?? null;
  }

  /**
   * Takes the first rows of the next epoch.
   *
   * @param isFirst - whether it is the first of this process
   * @throws {@link ChainruleError} ERR_DATA if they were always the same before the interruption and are others now
   */
  add(samples: Samples, isFirst: boolean): void {
    if (this.#digest === null) return;
    const own = digestsOf(samples);
    if (this.#digest === undefined) this.#digest = own;
    const isSame = this.#digest === own;
    // Of one epoch it is not known whether the next had the same.
    if (isFirst && !isSame && this.#epochs > 1) {
      throw new ChainruleError(
        'ERR_DATA',
        'the first batches are not those of the fit that the checkpoint was made by, which were the same in every epoch',
      );
    }
    if (!isSame) this.#digest = null;
  }
}
