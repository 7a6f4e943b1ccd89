/** Keeps the fits of one call: takes what they come to when it is due, and writes while they train on. */

import { basename, dirname, join, resolve } from 'node:path';
import { ChainruleError, excerpt, messageOf } from '../error.js';
import { DISK, type FileSystem } from '../formats/file-system.js';
import { FitKeeper } from './fit-keeper.js';
import { CheckpointFolder, type FoundCheckpoint, newestCheckpoint } from './folder.js';
import type { CheckpointPlan } from './options.js';
import { epochsOf, type SavedFit } from './snapshot.js';

/** A checkpoint was written, or could not be. */
export interface Written {
  /** The file; on disk unless there is an `error`. */
  path: string;
  /** Its number, from 1. */
  generation: number;
  /** How many epochs it comes after; those of all members of an estimator together. */
  epoch: number;
  milliseconds: number;
  /** Of its tensors. */
  bytes?: number;
  error?: unknown;
}

/** Who hears of checkpoints. */
export interface CheckpointWatch {
  resumed(found: FoundCheckpoint): void;
  written(event: Written): void;
}

/** Which fits are kept. */
export interface Kept {
  kind: string;
  seed: number;
  /** Whether the seed was given, not drawn. */
  hasOwnSeed: boolean;
}

/** Runs fits that are kept as `plan` says; null keeps nothing. */
export async function keeping<T>(
  plan: CheckpointPlan | null,
  kept: Kept,
  watch: CheckpointWatch,
  run: (keeper: CheckpointKeeper | null) => Promise<T>,
): Promise<T> {
  if (plan === null) return run(null);
  if (plan.from !== null && plan.mayBegin && !kept.hasOwnSeed) {
    throw new ChainruleError(
      'ERR_OPTION',
      `resume: true needs a seed that was given, as ${kept.kind}({ seed: 1 }): a process that starts anew has to make the ` +
        'same one',
    );
  }
  const keeper = await CheckpointKeeper.open(plan, kept, watch);
  try {
    return await run(keeper);
  } finally {
    await keeper.close();
  }
}

/** Folders in use: two fits in one would remove each other's checkpoints. */
const inUse = new Set<string>();

export class CheckpointKeeper {
  readonly #kept: Kept;
  readonly #watch: CheckpointWatch;
  readonly #plan: CheckpointPlan;
  readonly #folder: CheckpointFolder | null;
  /** Where that is, whatever leads to it. */
  readonly #place: string | null;
  /** The file that was continued from. */
  readonly path: string;
  /** What it has, until the fits have that. */
  #found: readonly (SavedFit | null)[] | null;
  readonly #timer: NodeJS.Timeout | undefined;
  #fits: FitKeeper[] = [];
  #writing: Promise<void> | null = null;
  /** Whether a fit has come to something since the last write began. */
  #isNew = false;
  /** What was last warned of; the same is not said again until a write succeeds. */
  #warned: string | null = null;

  private constructor(
    kept: Kept,
    plan: CheckpointPlan,
    folder: CheckpointFolder | null,
    place: string | null,
    found: FoundCheckpoint | null,
    watch: CheckpointWatch,
  ) {
    this.#kept = kept;
    this.#plan = plan;
    this.#folder = folder;
    this.#place = place;
    this.path = found?.path ?? '';
    this.#found = found?.fits ?? null;
    this.#watch = watch;
    const { everyMs = Infinity } = plan.checkpoint ?? {};
    if (everyMs < Infinity) this.#timer = setInterval(() => this.#due(), everyMs).unref();
  }

  /**
   * Reads what is to be continued from and opens the folder to write to. `close` has to be called.
   *
   * @throws {@link ChainruleError} ERR_FILE, ERR_BUSY if another fit writes to the folder, ERR_OPTION for a checkpoint of
   * another kind or seed
   */
  static async open(
    plan: CheckpointPlan,
    kept: Kept,
    watch: CheckpointWatch,
    files?: FileSystem,
  ): Promise<CheckpointKeeper> {
    const { checkpoint, from } = plan;
    const place = checkpoint && (await claim(checkpoint.path, files));
    try {
      const found = from === null ? null : await newestCheckpoint(from, files);
      if (found === null && from !== null && !plan.mayBegin) {
        throw new ChainruleError('ERR_FILE', `${from} has no checkpoint to resume from`);
      }
      if (found !== null) checkSame(found, kept);
      const folder =
        checkpoint && (await CheckpointFolder.open(checkpoint.path, checkpoint.keep, found, files));
      if (found !== null) tellOfResuming(found, watch);
      return new CheckpointKeeper(kept, plan, folder, place, found, watch);
    } catch (error) {
      if (place !== null) inUse.delete(place);
      throw error;
    }
  }

  /**
   * Gives each of `count` fits its keeper.
   *
   * @throws {@link ChainruleError} ERR_OPTION if the checkpoint is of another number of fits
   */
  fits(count: number): readonly FitKeeper[] {
    const saved = this.#found;
    if (saved !== null && saved.length !== count) {
      throw new ChainruleError(
        'ERR_OPTION',
        `${this.path} is of ${saved.length} networks, and this fit trains ${count}`,
      );
    }
    this.#found = null;
    this.#fits = Array.from({ length: count }, (_, i) => new FitKeeper(this, saved?.[i] ?? null));
    return this.#fits;
  }

  /** Waits until all is written, and lets go of the folder. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    while (this.#writing !== null) await this.#writing;
    if (this.#place !== null) inUse.delete(this.#place);
  }

  get everyEpochs(): number {
    return this.#plan.checkpoint?.everyEpochs ?? Infinity;
  }

  get isWriting(): boolean {
    return this.#writing !== null;
  }

  get writesAgain(): boolean {
    return this.#folder !== null && this.#fits.length > 1;
  }

  #due(): void {
    for (const fit of this.#fits) fit.due();
  }

  /** Writes what the fits have come to, now or after the write that runs. */
  write(): void {
    if (this.#folder === null) return;
    this.#isNew = true;
    this.#writing ??= this.#writeAll(this.#folder).finally(() => {
      this.#writing = null;
      for (const fit of this.#fits) fit.askAgain();
    });
  }

  async #writeAll(folder: CheckpointFolder): Promise<void> {
    while (this.#isNew) {
      this.#isNew = false;
      await this.#writeOnce(folder);
    }
    for (const fit of this.#fits) fit.release();
  }

  async #writeOnce(folder: CheckpointFolder): Promise<void> {
    const fits = this.#fits.map(({ saved }) => saved);
    const start = performance.now();
    const about = () => ({ epoch: epochsOf(fits), milliseconds: performance.now() - start });
    try {
      const done = await folder.write({ kind: this.#kept.kind, seed: this.#kept.seed, fits });
      this.#warned = null;
      this.#watch.written({ ...done, ...about() });
    } catch (error) {
      this.#watch.written({ ...folder.next, ...about(), error });
      this.#warn(error);
    }
  }

  /** The training is worth more than its checkpoint: it goes on, and the next one may succeed. */
  #warn(error: unknown): void {
    const reason = messageOf(error);
    if (reason === this.#warned) return;
    this.#warned = reason;
    process.emitWarning(`a checkpoint could not be written, and the training goes on: ${reason}`, {
      code: 'CHAINRULE_CHECKPOINT_FAILED',
    });
  }
}

/** Takes a folder for one fit. Gives its place. Throws ERR_BUSY. */
async function claim(folder: string, files: FileSystem = DISK): Promise<string> {
  const place = await placeOf(resolve(folder), files);
  if (inUse.has(place)) {
    throw new ChainruleError(
      'ERR_BUSY',
      `checkpoint.path is ${folder}, to which another fit writes: each needs a folder of its own`,
    );
  }
  inUse.add(place);
  return place;
}

/** A folder without the links on the way to it. It need not be there yet. */
async function placeOf(folder: string, files: FileSystem): Promise<string> {
  const parent = dirname(folder);
  return files.realpath(folder).catch(async () => {
    return parent === folder ? folder : join(await placeOf(parent, files), basename(folder));
  });
}

function checkSame({ path, kind, seed }: FoundCheckpoint, own: Kept): void {
  if (kind !== own.kind) {
    throw new ChainruleError(
      'ERR_OPTION',
      `${path} is of the fit of a ${excerpt(kind)}, and this is one of a ${own.kind}`,
    );
  }
  if (seed !== own.seed) {
    throw new ChainruleError(
      'ERR_OPTION',
      `${path} is of the fit of a ${excerpt(kind)} with the seed ${seed}, and this one's is ${own.seed}`,
    );
  }
}

function tellOfResuming(found: FoundCheckpoint, watch: CheckpointWatch): void {
  for (const { reason } of found.skipped) {
    process.emitWarning(`${reason}; the fit goes on from ${found.path}`, {
      code: 'CHAINRULE_CHECKPOINT_SKIPPED',
    });
  }
  watch.resumed(found);
}
