import type { Backend, BackendDataset, Samples } from '../engine/contract.js';
import { ChainruleError } from '../error.js';
import { plainFinder } from '../numbers/finite.js';
import { type NumericArray, rowLength, type Table, toTable } from '../numbers/table.js';
import { integer, optional, optionsObject } from '../options/checks.js';
import { type Inputs, toInputs } from './inputs.js';
import { SAMPLE_NAMES, type SampleNames, type SampleOptions, toSamples, toSampleWeights } from './samples.js';
import { type Targets, type Task, toTargets } from './targets.js';

/** What describes a `Dataset` besides x and y. */
export interface DatasetOptions extends SampleOptions {
  /** Number of columns of x. Default: the length of its rows; required if x is flat. */
  inputSize?: number | undefined;
}

const size = integer(1, 2 ** 31 - 1);

// The network reads a dataset through these functions, which users do not see.

/** The rows of a dataset as samples of a task. Throws if its x or y does not fit the task. */
export let samplesOf: (dataset: Dataset, task: Task) => Samples;

/** The same in an engine, prepared on the first call and then kept. */
export let backendDatasetOf: (dataset: Dataset, task: Task, backend: Backend) => BackendDataset;

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
  readonly #targets: Table;
  readonly #weights: Float32Array | null;
  /** Samples by task: the same y can be class indices to one loss and values to another. */
  readonly #samples = new Map<string, Samples>();
  readonly #prepared = new Map<Backend, Map<Samples, BackendDataset>>();
  #disposed = false;

  static {
    samplesOf = (dataset, task) => dataset.#samplesFor(task);
    backendDatasetOf = (dataset, task, backend) => dataset.#prepare(task, backend);
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
    const targets = toTable('y', y);
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
    for (const datasets of this.#prepared.values()) {
      for (const dataset of datasets.values()) dataset.dispose();
    }
    this.#prepared.clear();
    this.#samples.clear();
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

  #samplesFor(task: Task): Samples {
    const inputs = this.#inputsFor(task.inputSize);
    const key = `${task.loss} ${task.outputs}`;
    let samples = this.#samples.get(key);
    if (samples === undefined) {
      const targets = toTargets('y', this.#targets, this.rows, task, plainFinder);
      samples = { rows: this.rows, inputs, targets, weights: this.#weights };
      this.#samples.set(key, samples);
    }
    return samples;
  }

  #prepare(task: Task, backend: Backend): BackendDataset {
    const samples = this.#samplesFor(task);
    let datasets = this.#prepared.get(backend);
    if (datasets === undefined) {
      datasets = new Map();
      this.#prepared.set(backend, datasets);
    }
    let dataset = datasets.get(samples);
    if (dataset === undefined) {
      dataset = backend.createDataset(samples);
      datasets.set(samples, dataset);
    }
    return dataset;
  }
}

/**
 * The arguments of a method that takes (x, y, options) or (dataset, options). The fields of `options` are not
 * checked yet.
 */
export function dataArguments(
  x: unknown,
  second: unknown,
  third: unknown,
): { x: unknown; y: unknown; options: unknown } {
  if (!(x instanceof Dataset)) return { x, y: second, options: third ?? {} };
  if (Array.isArray(second) || ArrayBuffer.isView(second)) refuseBesideDataset('y', second);
  if (third !== undefined && third !== null) {
    throw new ChainruleError(
      'ERR_OPTION',
      'a third argument is given with a Dataset, expected the options as the second: (dataset, options)',
    );
  }
  return { x, y: undefined, options: second ?? {} };
}

/** The samples of x and y, or of a Dataset instead of both. */
export function samplesFor(
  x: unknown,
  y: unknown,
  sampleWeight: unknown,
  task: Task,
  finder: Backend,
  names: SampleNames = SAMPLE_NAMES,
): Samples {
  if (!(x instanceof Dataset)) return toSamples(x, y, sampleWeight, task, finder, names);
  refuseBesideDataset('sampleWeight', sampleWeight);
  return samplesOf(x, task);
}

function refuseBesideDataset(name: string, value: unknown): void {
  if (value === undefined || value === null) return;
  throw new ChainruleError(
    'ERR_OPTION',
    `${name} is given beside a Dataset, which has its own y and sampleWeight`,
  );
}

function copyOf(values: Float32Array): Float32Array;
function copyOf(values: NumericArray): NumericArray;
function copyOf(values: NumericArray): NumericArray {
  // Not slice(), which returns a view of a Buffer. A double can hold the numbers of every other type.
  return values instanceof Float32Array ? new Float32Array(values) : new Float64Array(values);
}
