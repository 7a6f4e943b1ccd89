/** Keeps one of the fits of a checkpoint. */

import type { EpochFormat } from '../engine/epoch-rows.js';
import { ChainruleError } from '../error.js';
import { checkFingerprint, otherEngine } from './fingerprint.js';
import { type Engine, epochsDone, type Fingerprint, type FitSnapshot, type SavedFit } from './snapshot.js';

/** Which fit it is. */
export interface FitIdentity {
  /** Of a fit of so many epochs: what is planned for each epoch counts for those alone. */
  fingerprint: (epochs: number) => Fingerprint;
  engine: Engine;
  epochs: number;
  /** Names of the optimizer's moments. */
  moments: readonly string[];
  parameterCount: number;
  /** Of its epochs. */
  format: EpochFormat;
}

/** Writes what the fits of a call have come to. */
export interface Writer {
  readonly everyEpochs: number;
  readonly isWriting: boolean;
  /** Whether what a fit was kept as may be written once more, beside what another fit has come to. */
  readonly writesAgain: boolean;
  /** What was continued from, for messages. */
  readonly path: string;
  write(): void;
}

export class FitKeeper {
  readonly #writer: Writer;
  #saved: SavedFit | null;
  #identity: Pick<SavedFit, 'fingerprint' | 'engine' | 'epochs' | 'moments'> | null = null;
  /** The number of epochs at which a checkpoint is due next. */
  #nextEpoch = 0;
  #isDue = false;
  #pause: (() => void) | null = null;

  /** @param saved - what the process before has come to, or null */
  constructor(writer: Writer, saved: SavedFit | null) {
    this.#writer = writer;
    this.#saved = saved;
  }

  /** What the fit came to when it was last kept, by this process or the one before; null from `release` on. */
  get saved(): SavedFit | null {
    return this.#saved;
  }

  /** Lets go of what was saved, which is as large as the network and its moments, if it is not needed any more. */
  release(): void {
    if (!this.#writer.writesAgain) this.#saved = null;
  }

  /**
   * Says which fit this is. Whoever has taken over what it continues from calls `release`.
   *
   * @returns what it continues from, or null
   * @throws {@link ChainruleError} ERR_OPTION, ERR_DATA, ERR_FILE if the checkpoint is of another fit
   */
  begin({ fingerprint, engine, epochs, moments, parameterCount, format }: FitIdentity): SavedFit | null {
    this.#identity = { fingerprint: fingerprint(epochs), engine, epochs, moments };
    const saved = this.#saved;
    this.#nextEpoch = this.#nextAfter(saved === null ? 0 : epochsDone(saved));
    if (saved === null) return null;
    const { path } = this.#writer;
    const both = { own: epochs, saved: saved.epochs };
    checkFingerprint(fingerprint(Math.min(epochs, saved.epochs)), saved.fingerprint, path, both);
    if (epochs < epochsDone(saved)) {
      const done = epochsDone(saved);
      throw new ChainruleError(
        'ERR_OPTION',
        `epochs is ${epochs}, and ${path} has trained for ${done} already`,
      );
    }
    const { layers, validates } = saved.history.format;
    const fits =
      saved.parameters.length === parameterCount &&
      saved.moments.join() === moments.join() &&
      layers === format.layers &&
      validates === format.validates;
    if (!fits) throw new ChainruleError('ERR_FILE', `${path} does not have the numbers that its fit has`);
    const warning = otherEngine(engine, saved);
    if (warning !== null) process.emitWarning(`${path}: ${warning}`, { code: 'CHAINRULE_OTHER_ENGINE' });
    return saved;
  }

  #nextAfter(epoch: number): number {
    const { everyEpochs } = this.#writer;
    return (Math.floor(epoch / everyEpochs) + 1) * everyEpochs;
  }

  /** The epoch after which to ask whether one is due; Infinity if only time decides. */
  get nextEpoch(): number {
    return this.#nextEpoch;
  }

  /** Says how the fit is paused, from when on it can be; null when it no longer can. */
  set pause(pause: (() => void) | null) {
    this.#pause = pause;
    if (this.#isDue && !this.#writer.isWriting) pause?.();
  }

  /** It is time. */
  due(): void {
    this.#isDue = true;
    this.askAgain();
  }

  /** Pauses the fit if a checkpoint is due for which there was no time. */
  askAgain(): void {
    if (this.#isDue) this.#pause?.();
  }

  /** Whether to keep what the fit has come to after an epoch. While the last one is still written, it waits. */
  wants(epoch: number): boolean {
    if (epoch >= this.#nextEpoch) {
      this.#isDue = true;
      this.#nextEpoch = this.#nextAfter(epoch);
    }
    return this.#isDue && !this.#writer.isWriting;
  }

  /** Keeps what the fit has come to. It must not change any more. */
  keep(snapshot: FitSnapshot): void {
    if (this.#identity === null) throw new Error('a fit is kept that has not begun');
    this.#isDue = false;
    this.#saved = { ...snapshot, ...this.#identity };
    this.#writer.write();
  }
}
