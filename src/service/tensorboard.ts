/** Writes the epochs of a fit where TensorBoard looks for them. */

import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ChainruleError, reasonOf } from '../error.js';
import type { MemberEpochRecord } from '../estimators/fit-options.js';
import { scalarsRecord, versionRecord } from '../formats/event-file.js';
import { DISK } from '../formats/file-system.js';
import { makeFolder } from '../formats/make-folder.js';
import type { EpochRecord } from '../network/history.js';
import { type FilePath, filePath } from '../options/file-path.js';

/**
 * A function for `onEpoch` that writes event files for TensorBoard: into `logdir`/train, and into `logdir`/validation
 * what was measured on rows held out. Names are those of Keras's callback: epoch_loss, epoch_accuracy,
 * epoch_learning_rate; besides epoch_gradient_norm, samples_per_second, and with `statistics` those of each layer. The
 * members of an estimator have folders of their own, `logdir`/member-0 and so on.
 *
 * ```ts
 * await net.fit(x, y, { epochs: 20, validationSplit: 0.1, onEpoch: tensorBoard('logs/first') });
 * ```
 *
 * One function is for one run. If it hears of a second fit, the steps of that one continue those of the first.
 *
 * @param logdir - is made with the first epoch
 * @returns a function that resolves when the epoch is in the file. It rejects with ERR_FILE, which ends the fit
 * @throws {@link ChainruleError} ERR_OPTION if `logdir` is no path
 */
export function tensorBoard(logdir: FilePath): (record: EpochRecord | MemberEpochRecord) => Promise<void> {
  const folder = filePath(logdir, 'the folder of tensorBoard');
  const runs = new Map<string, Run>();
  return async (record) => {
    const own = 'members' in record && record.members > 1 ? join(folder, `member-${record.member}`) : folder;
    const run = runs.get(own) ?? new Run(own);
    runs.set(own, run);
    await run.write(record);
  };
}

type Scalars = [tag: string, value: number][];

/** The files of one network. */
class Run {
  readonly #training: EventFile;
  readonly #validation: EventFile;
  /** Steps of fits before this one. */
  #before = 0;
  #last = 0;

  constructor(folder: string) {
    this.#training = new EventFile(join(folder, 'train'));
    this.#validation = new EventFile(join(folder, 'validation'));
  }

  async write(record: EpochRecord): Promise<void> {
    if (this.#before + record.epoch <= this.#last) this.#before = this.#last;
    this.#last = this.#before + record.epoch;
    await Promise.all([
      this.#training.add(this.#last, trainingScalars(record)),
      this.#validation.add(this.#last, validationScalars(record)),
    ]);
  }
}

function trainingScalars({
  loss,
  learningRate,
  gradientNorm,
  samplesPerSecond,
  layers = [],
}: EpochRecord): Scalars {
  const ofLayers = layers.flatMap((statistics, layer) =>
    Object.entries(statistics).map(([name, value]): Scalars[number] => [`layer_${layer}/${name}`, value]),
  );
  return [
    ['epoch_loss', loss],
    ['epoch_learning_rate', learningRate],
    ...(gradientNorm === undefined ? [] : ([['epoch_gradient_norm', gradientNorm]] satisfies Scalars)),
    ['samples_per_second', samplesPerSecond],
    ...ofLayers,
  ];
}

function validationScalars({ validationLoss, metrics: { validationAccuracy } }: EpochRecord): Scalars {
  const scalars: [tag: string, value: number | undefined][] = [
    ['epoch_loss', validationLoss],
    ['epoch_accuracy', validationAccuracy],
  ];
  return scalars.filter((scalar): scalar is Scalars[number] => scalar[1] !== undefined);
}

/** Files that begin in the same second. */
let files = 0;

/** A file that is made with the first record. */
class EventFile {
  readonly #folder: string;
  readonly #path: string;
  /** Records that the next write takes. */
  #waiting: Uint8Array[] = [];
  #isNew = true;
  /** The write that was asked for last: records stay in their order. */
  #written: Promise<void> = Promise.resolve();

  constructor(folder: string) {
    this.#folder = folder;
    const seconds = String(Math.floor(Date.now() / 1000)).padStart(10, '0');
    this.#path = join(folder, `events.out.tfevents.${seconds}.chainrule.${process.pid}.${files++}`);
  }

  add(step: number, scalars: Scalars): Promise<void> {
    if (scalars.length === 0) return this.#written;
    const seconds = Date.now() / 1000;
    if (this.#isNew) this.#waiting.push(versionRecord(seconds));
    this.#isNew = false;
    this.#waiting.push(scalarsRecord(seconds, step, scalars));
    this.#written = this.#written.then(() => this.#write());
    return this.#written;
  }

  /** Writes all that waits: epochs may end faster than a disk takes them one by one. */
  async #write(): Promise<void> {
    const records = this.#waiting;
    if (records.length === 0) return;
    this.#waiting = [];
    try {
      await makeFolder(this.#folder, DISK);
      await appendFile(this.#path, Buffer.concat(records));
    } catch (cause) {
      const message = reasonOf(cause);
      throw new ChainruleError('ERR_FILE', `${this.#path} could not be written: ${message}`, { cause });
    }
  }
}
