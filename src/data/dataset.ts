import { ChainruleError } from '../error.js';
import { copyAs, copyFloats } from '../numbers/allocate.js';
import { plainFinder } from '../numbers/finite.js';
import { type Matrix, type NumericArray, rowLength, toMatrix } from '../numbers/matrix.js';
import { integer, optional, optionsObject } from '../options/checks.js';
import { type Inputs, toInputs } from './inputs.js';
import { type SampleOptions, toSampleWeights } from './samples.js';
import { type Targets, type Task, toTargets } from './targets.js';
import { TaskData } from './task-data.js';

/** What describes a `Dataset` besides x and y. */
export interface DatasetOptions extends SampleOptions {
  /** Number of columns of x. Default: the length of its rows; required if x is flat. */
  inputSize?: number | undefined;
}

const size = integer(1, 2 ** 31 - 1);

// The network reads a dataset through these functions, which users do not see.

/** The rows of a dataset for a task, checked by the first call. Throws if its x or y does not fit the task. */
export let taskDataOf: (dataset: Dataset, task: Task) => TaskData;

/** x of a dataset: (rows, inputSize). */
export let inputsOf: (dataset: Dataset, inputSize: number) => Float32Array;

/**
 * Rows of data, checked and copied once, for many fits and many networks. Later changes to the original
 * arrays do not affect it.
 */
export class Dataset {
  /** Number of rows. */
  readonly rows: number;
  /** Number of columns of x. */
  readonly inputSize: number;
  readonly #inputs: Float32Array;
  readonly #targets: Matrix;
  readonly #weights: Float32Array | null;
  /** By loss and outputs: the same y can be class indices to one task and values to another. */
  readonly #byTask = new Map<string, TaskData>();
  #disposed = false;

  static {
    taskDataOf = (dataset, task) => dataset.#dataFor(task);
    inputsOf = (dataset, inputSize) => dataset.#inputsFor(inputSize);
  }

  /**
   * @param x - (rows, inputSize), flat or one array per row
   * @param y - as for `Network.fit`: values for each output, or class indices; a network that uses the
   * dataset checks whether they suit it
   * @throws {@link ChainruleError} ERR_OPTION, ERR_SHAPE, ERR_DATA
   */
  constructor(x: Inputs, y: Targets, options: DatasetOptions = {}) {
    const given = optionsObject(options, ['inputSize', 'sampleWeight'], 'the options of Dataset');
    const inputSize = optional(given.inputSize, 'inputSize', size, rowLength(x));
    if (inputSize === null) {
      throw new ChainruleError(
        'ERR_OPTION',
        'inputSize is missing, and x does not come in rows that tell it',
      );
    }
    const { inputs, rows } = toInputs('x', x, inputSize, plainFinder);
    const targets = toMatrix('y', y);
    const weights = toSampleWeights('sampleWeight', given.sampleWeight, rows, plainFinder);
    const { length } = targets.values;
    if (length === 0 || length % rows !== 0) {
      throw new ChainruleError(
        'ERR_SHAPE',
        `y has ${length} values, expected a multiple of the rows of x (${rows})`,
      );
    }
    this.rows = rows;
    this.inputSize = inputSize;
    this.#inputs = inputs === x ? copyOf(inputs) : inputs;
    this.#targets = targets.values === y ? { ...targets, values: copyOf(targets.values) } : targets;
    this.#weights = weights !== null && weights === given.sampleWeight ? copyOf(weights) : weights;
  }

  /** Frees the data at once, instead of when the dataset is garbage-collected. */
  dispose(): void {
    this.#disposed = true;
    for (const data of this.#byTask.values()) data.dispose();
    this.#byTask.clear();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #inputsFor(inputSize: number): Float32Array {
    if (this.#disposed) throw new ChainruleError('ERR_DISPOSED', 'the dataset was disposed of');
    if (inputSize !== this.inputSize) {
      throw new ChainruleError(
        'ERR_SHAPE',
        `the dataset has rows of ${this.inputSize} columns, expected inputSize (${inputSize})`,
      );
    }
    return this.#inputs;
  }

  #dataFor(task: Task): TaskData {
    const inputs = this.#inputsFor(task.inputSize);
    const key = `${task.loss} ${task.outputs}`;
    let data = this.#byTask.get(key);
    if (data === undefined) {
      const targets = toTargets('y', this.#targets, this.rows, task, plainFinder);
      data = new TaskData({ rows: this.rows, inputs, targets, weights: this.#weights }, true);
      this.#byTask.set(key, data);
    }
    return data;
  }
}

function copyOf(values: Float32Array): Float32Array;
function copyOf(values: NumericArray): NumericArray;
function copyOf(values: NumericArray): NumericArray {
  // Not slice(), which returns a view of a Buffer. A double can hold the numbers of every other type.
  return values instanceof Float32Array
    ? copyFloats(values, 'a Dataset')
    : copyAs(Float64Array, values, 'a Dataset');
}
