/**
 * A folder with the newest checkpoints of a fit: checkpoint-1.safetensors, checkpoint-2.safetensors and so on. A newer one
 * is complete and on disk before an older one is removed.
 */

import { join } from 'node:path';
import { ChainruleError, reasonOf } from '../error.js';
import { DISK, type FileSystem, systemCode } from '../formats/file-system.js';
import { makeFolder } from '../formats/make-folder.js';
import { type Checkpoint, readCheckpoint, writeCheckpoint } from './file.js';

const NAME = /^checkpoint-([1-9]\d{0,15})\.safetensors$/;
/** What is left of a checkpoint whose process was killed while it wrote. */
const TEMPORARY = /^\.checkpoint-[1-9]\d{0,15}\.safetensors\..*\.tmp$/;

/** A checkpoint that can be continued from. */
export interface FoundCheckpoint extends Checkpoint {
  /** The folder. */
  folder: string;
  path: string;
  generation: number;
  /** Newer ones that cannot be read, and why. */
  skipped: readonly { path: string; generation: number; reason: string }[];
}

function pathOf(folder: string, generation: number): string {
  return join(folder, `checkpoint-${generation}.safetensors`);
}

/** The numbers of the checkpoints in a folder, the newest first. Empty if there is no folder. Throws ERR_FILE. */
export async function generationsIn(folder: string, files: FileSystem = DISK): Promise<number[]> {
  const names = await namesIn(folder, files);
  const numbers = names.flatMap((name) => NAME.exec(name)?.slice(1).map(Number) ?? []);
  // One that has no next would be written over.
  return numbers.filter((each) => Number.isSafeInteger(each + 1)).sort((a, b) => b - a);
}

async function namesIn(folder: string, files: FileSystem): Promise<string[]> {
  return files.readdir(folder).catch((cause) => {
    if (systemCode(cause) === 'ENOENT') return [];
    throw new ChainruleError('ERR_FILE', `${folder} could not be read: ${reasonOf(cause)}`, { cause });
  });
}

/**
 * The newest checkpoint that is valid; null if there is none at all.
 *
 * @throws {@link ChainruleError} ERR_FILE if there are some, and none is valid
 */
export async function newestCheckpoint(
  folder: string,
  files: FileSystem = DISK,
): Promise<FoundCheckpoint | null> {
  const skipped: { path: string; generation: number; reason: string }[] = [];
  for (const generation of await generationsIn(folder, files)) {
    const path = pathOf(folder, generation);
    try {
      return { ...(await readCheckpoint(path, files)), folder, path, generation, skipped };
    } catch (error) {
      if (!(error instanceof ChainruleError) || error.code !== 'ERR_FILE') throw error;
      skipped.push({ path, generation, reason: error.message });
    }
  }
  if (skipped.length === 0) return null;
  throw new ChainruleError(
    'ERR_FILE',
    `${folder} has no valid checkpoint: ${skipped.map(({ reason }) => reason).join('; ')}`,
  );
}

/** Writes checkpoints to a folder. */
export class CheckpointFolder {
  readonly path: string;
  readonly #keep: number;
  readonly #files: FileSystem;
  #newest: number;
  /** Those that cannot be read. */
  readonly #damaged: ReadonlySet<number>;

  private constructor(
    path: string,
    keep: number,
    generations: readonly number[],
    damaged: readonly number[],
    files: FileSystem,
  ) {
    this.path = path;
    this.#keep = keep;
    this.#files = files;
    this.#newest = generations[0] ?? 0;
    this.#damaged = new Set(damaged);
  }

  /**
   * Makes the folder if there is none, and clears it of what killed processes have left half-written.
   *
   * @param keep - how many checkpoints to keep
   * @param resumed - what the fit continues from
   * @throws {@link ChainruleError} ERR_FILE if the folder cannot be made or read, or has checkpoints of another fit
   */
  static async open(
    path: string,
    keep: number,
    resumed: FoundCheckpoint | null,
    files: FileSystem = DISK,
  ): Promise<CheckpointFolder> {
    await makeFolder(path, files);
    const generations = await generationsIn(path, files);
    if (generations.length > 0 && resumed?.folder !== path) {
      const newest = pathOf(path, generations[0]);
      throw new ChainruleError(
        'ERR_FILE',
        `checkpoint.path has checkpoints of a fit already, up to ${newest}: resume: true continues that fit; to ` +
          'begin another one, give another folder or remove this one',
      );
    }
    for (const name of await namesIn(path, files)) {
      // Another process may remove it as well.
      if (TEMPORARY.test(name)) await files.unlink(join(path, name)).catch(() => {});
    }
    // Those of another folder have numbers of their own.
    const damaged = resumed?.folder === path ? resumed.skipped.map(({ generation }) => generation) : [];
    const folder = new CheckpointFolder(path, keep, generations, damaged, files);
    await folder.#removeOld([]);
    return folder;
  }

  /** What is written next. */
  get next(): { path: string; generation: number } {
    const generation = this.#newest + 1;
    return { path: pathOf(this.path, generation), generation };
  }

  /** Writes the next checkpoint; when this resolves, it is on disk. Throws ERR_FILE, and the older ones stay. */
  async write(checkpoint: Checkpoint): Promise<{ path: string; generation: number; bytes: number }> {
    const { generation, path } = this.next;
    const bytes = await writeCheckpoint(path, checkpoint, this.#files);
    this.#newest = generation;
    await this.#removeOld(this.#damaged);
    return { path, generation, bytes };
  }

  /**
   * Removes all but the newest. Too many are no harm: where one cannot be removed, the next write tries again.
   *
   * @param damaged - those that may go besides
   */
  async #removeOld(damaged: Iterable<number>): Promise<void> {
    const generations = await generationsIn(this.path, this.#files).catch((): number[] => []);
    const valid = generations.filter((generation) => !this.#damaged.has(generation));
    const old = [...valid.slice(this.#keep), ...damaged].filter((each) => generations.includes(each));
    // The oldest first: whenever this ends, those that remain are the newest.
    for (const generation of old.sort((a, b) => a - b)) {
      await this.#files.unlink(pathOf(this.path, generation)).catch(() => {});
    }
  }
}
