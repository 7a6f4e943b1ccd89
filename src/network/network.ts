import type { FitKeeper } from '../checkpoint/fit-keeper.js';
import type { Dataset } from '../data/dataset.js';
import type { Inputs } from '../data/inputs.js';
import type { SampleOptions } from '../data/samples.js';
import type { Targets } from '../data/targets.js';
import type { Model } from '../formats/model.js';
import { readModel, writeModel } from '../formats/model-file.js';
import { networkToOnnx } from '../formats/onnx/network-graph.js';
import type { EvaluateOptions, Evaluation } from '../inspect/evaluate.js';
import { giveMemoryErrors } from '../numbers/want-of-memory.js';
import { optionsObject } from '../options/checks.js';
import { type FilePath, filePath } from '../options/file-path.js';
import type { ImportOptions } from '../options/import.js';
import type { LayerParametersInput, LoadOptions, NetworkOptions } from '../options/network.js';
import { assemble, modelOfParts, optionsOfModel } from './assemble.js';
import type { BackendInfo } from './backend-info.js';
import type { BatchSource } from './batches.js';
import { traceLoad, traceSave } from './diagnostics.js';
import { evaluationOf, outputsOf, outputsOfAsync } from './evaluation.js';
import { FitGuard } from './fit-guard.js';
import type { FitOptions } from './fit-options.js';
import { FitStream, type FitWatch } from './fit-stream.js';
import { type GradientOptions, gradientsOf, type LossAndGradients, trainBatchOf } from './gradients.js';
import type { EpochRecord, FitHistory } from './history.js';
import { brainOptions, onnxOptions, tfjsOptions } from './imported.js';
import { networkModule } from './module.js';
import { joinParameters, type LayerParameters, splitParameters } from './parameters.js';
import type { NetworkParts } from './parts.js';
import { type FitArguments, fitNetwork } from './start-fit.js';
import { type NetworkSummary, summarise } from './summary.js';

/**
 * Gives internal code access to the parts, which users do not see. Throws ERR_DISPOSED, and ERR_BUSY during a
 * fit, when the parameters keep changing.
 *
 * @param method the method that reads, for the message
 */
export let partsOf: (network: Network, method: string) => NetworkParts;

/** Makes a network from a model, for code that reads files, and the model of a network as it is now. */
export let networkOf: (model: Model, options: LoadOptions) => Network;
export let modelOf: (network: Network, method: string) => Model;

/** Trains like `fit`, as one of several fits that are kept together; null for one that is not. */
export let fitKept: (
  network: Network,
  keeper: FitKeeper | null,
  ...args: [x: Inputs, y: Targets, options: FitOptions] | [batches: BatchSource, options: FitOptions]
) => Promise<FitHistory>;

/**
 * A multi-layer perceptron with its loss and its optimizer.
 *
 * x is (rows, inputSize): a typed array or an array of numbers, row-major, or one array per row. y is (rows,
 * outputSize) in the same forms; for crossEntropy it may be one class index per row. A `Dataset` can replace
 * both. Methods throw a {@link ChainruleError}: ERR_SHAPE, ERR_DATA or ERR_OPTION for invalid arguments,
 * ERR_DISPOSED after `dispose`, and ERR_BUSY if they would change the network while `fit` runs.
 */
export class Network {
  /** Columns of x. */
  readonly inputSize: number;
  /** Units of the output layer: columns of what `predict` returns. */
  readonly outputSize: number;
  /** Number of weights and biases. */
  readonly parameterCount: number;
  /** The seed, given or drawn; the same seed, options and data give the same network. */
  readonly seed: number;
  /** The engine that does the work. */
  readonly backend: Readonly<BackendInfo>;
  readonly #parts: NetworkParts;
  readonly #guard: FitGuard;

  static {
    partsOf = (network, method) => {
      network.#guard.refuseWhileFitting(method);
      return network.#parts;
    };
    modelOf = (network, method) => {
      network.#guard.refuseWhileFitting(method);
      return modelOfParts(network.#parts);
    };
    fitKept = async (network, keeper, ...given) => network.#fit(given, null, keeper);
    networkOf = (model, machine) => {
      const network = newNetwork(optionsOfModel(model, machine));
      network.#parts.engine.setOptimizerState(model.optimizerState);
      return network;
    };
  }

  /** @throws {@link ChainruleError} ERR_OPTION, ERR_SHAPE, ERR_DATA, ERR_BACKEND, ERR_MEMORY */
  constructor(options: NetworkOptions) {
    const { parts, info } = assemble(options);
    const { engine, spec, task } = parts;
    this.#parts = parts;
    this.#guard = new FitGuard(() => engine.dispose());
    this.inputSize = task.inputSize;
    this.outputSize = task.outputs;
    this.parameterCount = engine.parameterCount;
    this.seed = spec.seed;
    this.backend = info;
  }

  /**
   * Trains on x and y, off the event loop with the native engine. The data is copied before the call
   * returns. Rejects with a `DivergedError` (ERR_DIVERGED) if the loss or a weight would become NaN or infinite,
   * with ERR_BUSY while another `fit` of this network runs, and with what `onEpoch` throws.
   *
   * Instead of x and y, batches may come one after another, for data larger than memory: see `BatchSource`.
   */
  fit(x: Inputs, y: Targets, options?: FitOptions): Promise<FitHistory>;
  fit(dataset: Dataset, options?: FitOptions): Promise<FitHistory>;
  fit(batches: BatchSource, options?: FitOptions): Promise<FitHistory>;
  async fit(x: unknown, yOrOptions: unknown, lastOptions?: unknown): Promise<FitHistory> {
    return this.#fit([x, yOrOptions, lastOptions], null, null);
  }

  /**
   * Trains like `fit`, and gives the record of each epoch to a `for await` loop. Leaving the loop ends the fit; the
   * weights so far are kept.
   */
  fitStream(x: Inputs, y: Targets, options?: FitOptions): FitStream<EpochRecord, FitHistory>;
  fitStream(dataset: Dataset, options?: FitOptions): FitStream<EpochRecord, FitHistory>;
  fitStream(batches: BatchSource, options?: FitOptions): FitStream<EpochRecord, FitHistory>;
  fitStream(x: unknown, yOrOptions?: unknown, lastOptions?: unknown): FitStream<EpochRecord, FitHistory> {
    return new FitStream(async (watch) => this.#fit([x, yOrOptions, lastOptions], watch, null));
  }

  #fit(
    given: FitArguments,
    watch: FitWatch<EpochRecord> | null,
    keeper: FitKeeper | null,
  ): Promise<FitHistory> {
    return fitNetwork({ ...this.#parts, model: this }, this.#guard, given, watch, keeper);
  }

  /**
   * The outputs for x, (rows, outputSize) row-major.
   *
   * @throws {@link ChainruleError} ERR_DATA, also if x or the weights are so large that an output is NaN or infinite
   */
  predict(x: Inputs | Dataset): Float32Array {
    this.#guard.refuseIfDisposed();
    return outputsOf(this.#parts, x);
  }

  /** Like `predict`, off the event loop with the native engine. x is copied before the call returns. */
  async predictAsync(x: Inputs | Dataset): Promise<Float32Array> {
    this.#guard.refuseIfDisposed();
    return outputsOfAsync(this.#parts, x);
  }

  /**
   * The loss on x and y and the metrics that suit the task, without dropout.
   * @throws {@link ChainruleError} also ERR_DATA if an output is NaN or infinite
   */
  evaluate(x: Inputs, y: Targets, options?: EvaluateOptions): Evaluation;
  evaluate(dataset: Dataset, options?: Omit<EvaluateOptions, 'sampleWeight'>): Evaluation;
  evaluate(x: unknown, yOrOptions?: unknown, lastOptions?: unknown): Evaluation {
    this.#guard.refuseIfDisposed();
    return evaluationOf(this.#parts, x, yOrOptions, lastOptions);
  }

  /**
   * One step of the optimizer on all rows as one batch.
   * @returns the loss before the step, L2 penalty included
   * @throws {@link ChainruleError} also ERR_DIVERGED if the loss, a gradient, or a weight after the step would not be
   * finite; nothing has changed then
   */
  trainBatch(x: Inputs, y: Targets, options?: SampleOptions): number;
  trainBatch(dataset: Dataset): number;
  trainBatch(x: unknown, yOrOptions?: unknown, lastOptions?: unknown): number {
    this.#guard.refuseWhileFitting('trainBatch');
    return trainBatchOf(this.#parts, x, yOrOptions, lastOptions);
  }

  /**
   * The loss on x and y, L2 penalty included, and its gradient with respect to every parameter, without
   * dropout and clipping. Changes nothing.
   */
  lossAndGradients(x: Inputs, y: Targets, options?: GradientOptions): LossAndGradients;
  lossAndGradients(dataset: Dataset, options?: Omit<GradientOptions, 'sampleWeight'>): LossAndGradients;
  lossAndGradients(x: unknown, yOrOptions?: unknown, lastOptions?: unknown): LossAndGradients {
    this.#guard.refuseIfDisposed();
    return gradientsOf(this.#parts, x, yOrOptions, lastOptions);
  }

  /** The layers with their shapes and numbers of parameters; as text by `toString`. */
  summary(): NetworkSummary {
    return summarise(this.#parts.spec);
  }

  /** Copies of the parameters, one entry per layer. */
  getParameters(): LayerParameters[] {
    this.#guard.refuseIfDisposed();
    return splitParameters(this.#parts.engine.getParameters(), this.#parts.spec);
  }

  /** Sets all parameters. The optimizer keeps its moments and its count of steps. */
  setParameters(parameters: readonly LayerParametersInput[]): void {
    this.#guard.refuseWhileFitting('setParameters');
    this.#parts.engine.setParameters(joinParameters(parameters, this.#parts.spec, this.#parts.backend));
  }

  /**
   * Writes the network as of this call, with its optimizer's state, to a safetensors file. When the promise
   * resolves, the file is complete and on disk; until then an older file stays unchanged. Rejects with
   * ERR_FILE if the file cannot be written, with ERR_BUSY while `fit` runs, with ERR_DIVERGED if `load` would refuse a
   * number, and with ERR_OPTION if `path` is neither a path nor a file: URL.
   */
  async save(path: FilePath): Promise<void> {
    const file = filePath(path, 'the path of save');
    const model = modelOf(this, 'save');
    await traceSave('Network', this, file, () => writeModel(file, model));
  }

  /**
   * Reads a network that `save` wrote. With the same `gemm` it continues training exactly as the saved one would
   * have. Rejects with ERR_FILE if the file is missing, malformed or of another kind, and with ERR_OPTION if
   * `path` is neither a path nor a file: URL.
   */
  static async load(path: FilePath, options: LoadOptions = {}): Promise<Network> {
    const machine = optionsObject(options, ['backend', 'gemm', 'threads'], 'the options of Network.load');
    const file = filePath(path, 'the path of Network.load');
    return traceLoad('Network', file, async () => networkOf(await readModel(file), machine));
  }

  /**
   * The text of an ES module that predicts as this network does, to about six digits, without this package or any
   * other: in browsers, workers, edge runtimes, Deno, Bun and Node. It exports `predict(x)`, `inputSize` and
   * `outputSize`.
   */
  toModule(): string {
    return networkModule(modelOf(this, 'toModule'));
  }

  /**
   * Makes a network of an ONNX model that is a chain of dense layers and activations, such as those of PyTorch and
   * skl2onnx: Gemm, or MatMul and Add, with steps that scale and shift columns, and what makes labels of the outputs
   * left out. It predicts what the model does, and can be trained further.
   *
   * @param model - the bytes of the file, or its path
   * @throws {@link ChainruleError} ERR_FILE with the first node that cannot be taken; ERR_OPTION
   */
  static async fromONNX(model: Uint8Array | FilePath, options: ImportOptions = {}): Promise<Network> {
    return newNetwork(await onnxOptions(model, options));
  }

  /**
   * Makes a network of a model that TensorFlow.js saved: a Sequential, or a Functional one that is a chain, of Dense,
   * Activation, Dropout, Flatten and the like. BatchNormalization becomes part of the layers.
   *
   * @param path - of model.json, beside which the weight files are; quantised ones too
   * @throws {@link ChainruleError} ERR_FILE with the first layer that cannot be taken; ERR_OPTION
   */
  static async fromTFJS(path: FilePath, options: ImportOptions = {}): Promise<Network> {
    return newNetwork(await tfjsOptions(path, options));
  }

  /**
   * Makes a network of what brain.js's `toJSON` gives for a NeuralNetwork or a NeuralNetworkGPU, of version 1 or 2. The
   * columns are in the order of brain.js's lookups: the JSON has their names, the network has none.
   *
   * @param json - the object or its text
   * @throws {@link ChainruleError} ERR_FILE if it is not that; ERR_OPTION
   */
  static fromBrain(json: object | string, options: ImportOptions = {}): Network {
    return newNetwork(brainOptions(json, options));
  }

  /**
   * The network as the bytes of an ONNX file, opset 17: the input is 'x', (N, inputSize), and the output 'output', (N,
   * outputSize), both float. Throws ERR_BUSY while `fit` runs.
   */
  toONNX(): Uint8Array {
    return networkToOnnx(modelOf(this, 'toONNX'));
  }

  /**
   * Frees the engine's memory at once, instead of when the network is garbage-collected. A running `fit` ends
   * at the next step and resolves as 'aborted'.
   */
  dispose(): void {
    this.#guard.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

giveMemoryErrors(Network);

/** Outside of the class: bundlers rename classes that name themselves, and users see the name. */
function newNetwork(options: NetworkOptions): Network {
  return new Network(options);
}
