/** Batches that arrive one after another, as blocks of rows that an engine is given at once. */

import { Dataset, taskDataOf } from '../data/dataset.js';
import type { Inputs } from '../data/inputs.js';
import { type SampleOptions, toSamples } from '../data/samples.js';
import type { Targets, Task } from '../data/targets.js';
import type { Samples } from '../engine/contract.js';
import { ChainruleError, show } from '../error.js';
import { newArray, newFloats } from '../numbers/allocate.js';
import type { Finder } from '../numbers/finite.js';

/** Some rows for `fit`, any number of them: x and y, with `sampleWeight` if rows count differently. */
export type Batch =
  | readonly [x: Inputs, y: Targets]
  | ({ readonly x: Inputs; readonly y: Targets } & Readonly<SampleOptions>)
  | Dataset;

/**
 * Batches for `fit`, read from the start for each epoch: what can be iterated several times (its
 * `[Symbol.asyncIterator]` starts anew), or a function that is called for each epoch. A generator can be read only
 * once, and so is enough for one epoch.
 */
export type BatchSource = AsyncIterable<Batch> | ((epoch: number) => AsyncIterable<Batch> | Iterable<Batch>);

/** Whether the first argument of `fit` is batches. */
export function isBatchSource(value: unknown): value is BatchSource {
  if (typeof value === 'function') return true;
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/** The batches of one epoch, checked for a task. Throws ERR_DATA, ERR_SHAPE with the number of the batch. */
export async function* checkedBatches(
  source: BatchSource,
  epoch: number,
  task: Task,
  finder: Finder,
): AsyncGenerator<Samples, void, undefined> {
  const batches = typeof source === 'function' ? source(epoch) : source;
  if (!isIterable(batches)) {
    throw new ChainruleError(
      'ERR_DATA',
      `the function that is x returned ${show(batches)}, expected an iterable of batches`,
    );
  }
  let number = 0;
  for await (const batch of batches) yield samplesOf(batch, number++, task, finder);
}

function isIterable(value: unknown): value is AsyncIterable<unknown> | Iterable<unknown> {
  return (
    typeof value === 'object' && value !== null && (Symbol.asyncIterator in value || Symbol.iterator in value)
  );
}

function samplesOf(batch: unknown, number: number, task: Task, finder: Finder): Samples {
  if (batch instanceof Dataset) return taskDataOf(batch, task).samples;
  const { x, y, sampleWeight } = fieldsOf(batch, number);
  const of = (name: string) => `${name} of batch ${number} (from 0)`;
  const names = { x: of('x'), y: of('y'), sampleWeight: of('sampleWeight') };
  return toSamples(x, y, sampleWeight, task, finder, names);
}

function fieldsOf(batch: unknown, number: number): { x: unknown; y: unknown; sampleWeight?: unknown } {
  if (Array.isArray(batch) && batch.length === 2) return { x: batch[0], y: batch[1] };
  if (typeof batch === 'object' && batch !== null && 'x' in batch && 'y' in batch) return batch;
  throw new ChainruleError(
    'ERR_DATA',
    `batch ${number} (from 0) is ${show(batch)}, expected [x, y], { x, y, sampleWeight } or a Dataset`,
  );
}

/** Some rows of an epoch, in memory that the next block overwrites. */
export interface Block {
  samples: Samples;
  /** Whether it holds the last rows of the epoch. */
  isLast: boolean;
}

/**
 * Regroups batches to blocks of `blockRows` rows; only the last has fewer.
 *
 * @param leastRows - of the last block, unless it is the only one; fewer are left out
 * @param isOver - whether nobody wants blocks any more; asked after each batch
 */
export async function* blocksOf(
  batches: AsyncIterable<Samples>,
  {
    blockRows,
    leastRows,
    inputSize,
    isOver,
  }: { blockRows: number; leastRows: number; inputSize: number; isOver: () => boolean },
): AsyncGenerator<Block, void, undefined> {
  const buffer = new BlockBuffer(blockRows + leastRows, inputSize);
  for await (const samples of batches) {
    if (isOver()) return;
    for (let from = 0; from < samples.rows; ) {
      from += buffer.add(samples, from);
      // Not before there are rows for another one: a block may be the last.
      if (!buffer.isFull) continue;
      yield { samples: buffer.first(blockRows), isLast: false };
      buffer.drop(blockRows);
    }
  }
  if (buffer.rows > 0) yield { samples: buffer.first(Math.min(buffer.rows, blockRows)), isLast: true };
}

const BUFFER = 'the rows that are in memory at once';

/** Rows of several batches in one piece of memory. */
class BlockBuffer {
  readonly #capacity: number;
  readonly #inputSize: number;
  readonly #inputs: Float32Array;
  /** Of the kind that the first batch has. */
  #targets: Float32Array | Int32Array | null = null;
  #targetWidth = 1;
  /** Null while no batch has weights. */
  #weights: Float32Array | null = null;
  rows = 0;

  constructor(capacity: number, inputSize: number) {
    this.#capacity = capacity;
    this.#inputSize = inputSize;
    this.#inputs = newFloats(capacity * inputSize, BUFFER);
  }

  get isFull(): boolean {
    return this.rows === this.#capacity;
  }

  /** Copies the rows from `from` on for which there is room. Returns their number. */
  add({ rows, inputs, targets, weights }: Samples, from: number): number {
    const count = Math.min(rows - from, this.#capacity - this.rows);
    const width = targets.length / rows;
    const place = this.rows;
    const part = (of: Float32Array, columns: number) => of.subarray(from * columns, (from + count) * columns);
    this.#inputs.set(part(inputs, this.#inputSize), place * this.#inputSize);
    this.#targetsLike(targets, width).set(
      targets.subarray(from * width, (from + count) * width),
      place * width,
    );
    if (weights !== null) this.#weights ??= newFloats(this.#capacity, BUFFER).fill(1);
    if (weights === null) this.#weights?.fill(1, place, place + count);
    else this.#weights?.set(part(weights, 1), place);
    this.rows += count;
    return count;
  }

  #targetsLike(targets: Float32Array | Int32Array, width: number): Float32Array | Int32Array {
    const classes = targets instanceof Int32Array;
    this.#targets ??= classes
      ? newArray(Int32Array, this.#capacity, BUFFER)
      : newFloats(this.#capacity * width, BUFFER);
    this.#targetWidth = width;
    if (this.#targets instanceof Int32Array === classes) return this.#targets;
    const [own, first] = classes ? ['class indices', 'rows of values'] : ['rows of values', 'class indices'];
    throw new ChainruleError(
      'ERR_DATA',
      `y of a batch holds ${own}, expected ${first} as in the first batch`,
    );
  }

  /** The first rows, in memory that `drop` overwrites. */
  first(rows: number): Samples {
    return {
      rows,
      inputs: this.#inputs.subarray(0, rows * this.#inputSize),
      targets: (this.#targets ?? new Float32Array(0)).subarray(0, rows * this.#targetWidth),
      weights: this.#weights?.subarray(0, rows) ?? null,
    };
  }

  /** Takes the first rows out. */
  drop(rows: number): void {
    this.#inputs.copyWithin(0, rows * this.#inputSize, this.rows * this.#inputSize);
    this.#targets?.copyWithin(0, rows * this.#targetWidth, this.rows * this.#targetWidth);
    this.#weights?.copyWithin(0, rows, this.rows);
    this.rows -= rows;
  }
}
