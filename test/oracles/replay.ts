/** Repeats an oracle's training with chainrule. */

import { readFileSync } from 'node:fs';
import type { BackendName } from '../../src/engine/contract.js';
import { type FitOptions, Network, type NetworkOptions } from '../../src/index.js';
import type { Tolerance } from '../tolerance.js';

/** The results of a training. */
export interface Outcome {
  /** Before each step, L2 penalty included. */
  losses: number[];
  /** One entry per layer, weights (out, in) row-major. */
  parameters: { weight: ArrayLike<number>; bias: ArrayLike<number> }[];
  /** Of each epoch, if there is a schedule. */
  learningRates?: number[];
  /** dLoss/dInputs before the first step, (rows, inputSize), if requested. */
  inputGradients?: number[];
}

/** A case, whose fields case.mjs describes, and an oracle's results for it. */
export interface Recording {
  /** Program and version. */
  oracle: string;
  name: string;
  network: Pick<NetworkOptions, 'inputSize' | 'layers'>;
  loss: NetworkOptions['loss'];
  l2?: number;
  labelSmoothing?: number;
  optimizer: NetworkOptions['optimizer'];
  seed: number;
  batchSize: number;
  epochs: number;
  order?: number[][];
  sampleWeight?: number[];
  classWeight?: number[];
  learningRateSchedule?: FitOptions['learningRateSchedule'];
  initial: { weight: number[]; bias: number[] }[];
  inputs: number[][];
  targets: number[] | number[][];
  float64: Outcome;
  float32: Outcome;
}

/** @param folder has a file of recordings, one per line, for each oracle */
export function readRecordings(folder: URL): Recording[] {
  return ['pytorch', 'scikit-learn'].flatMap((oracle) =>
    readFileSync(new URL(`${oracle}.jsonl`, folder), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  );
}

export function createNetwork(recording: Recording, backend: BackendName): Network {
  const { network, loss, l2, labelSmoothing, optimizer, seed, initial } = recording;
  return new Network({
    ...network,
    loss,
    l2,
    labelSmoothing,
    optimizer,
    seed,
    parameters: initial,
    threads: 2,
    backend,
  });
}

/** Step by step, each on its own batch; not for learning rates that change. */
export function takeSteps(recording: Recording, backend: BackendName): Outcome {
  const network = createNetwork(recording, backend);
  const { inputs, targets } = recording;
  const rowWeights = rowWeightsOf(recording);
  const losses = batchesOf(recording).map((rows) =>
    network.trainBatch(
      rows.map((row) => inputs[row]),
      rows.map((row) => targets[row]) as typeof targets,
      { sampleWeight: rowWeights && rows.map((row) => rowWeights[row]) },
    ),
  );
  return { losses, parameters: network.getParameters() };
}

/** All at once; `losses` are those of the epochs. */
export async function fit(
  recording: Recording,
  backend: BackendName,
): Promise<Outcome & { learningRates: number[] }> {
  const network = createNetwork(recording, backend);
  const { epochs, batchSize, order, sampleWeight, classWeight, learningRateSchedule } = recording;
  const history = await network.fit(recording.inputs, recording.targets, {
    epochs,
    batchSize,
    ...(order ? { order: (epoch) => order[epoch - 1] } : { sampling: 'sequential' }),
    sampleWeight,
    classWeight: classWeight && { ...classWeight },
    learningRateSchedule,
  });
  return {
    losses: history.epochs.map(({ loss }) => loss),
    learningRates: history.epochs.map(({ learningRate }) => learningRate),
    parameters: network.getParameters(),
  };
}

/** The mean loss of each epoch, from the losses of its steps. */
export function epochLosses(recording: Recording, losses: number[]): number[] {
  const rowWeights = rowWeightsOf(recording);
  const weights = batchesOf(recording).map((rows) => sum(rows.map((row) => rowWeights?.[row] ?? 1)));
  const steps = losses.length / recording.epochs;
  return Array.from({ length: recording.epochs }, (_, epoch) => {
    const from = epoch * steps;
    const ofEpoch = weights.slice(from, from + steps);
    return sum(ofEpoch.map((weight, i) => weight * losses[from + i])) / sum(ofEpoch);
  });
}

/**
 * The largest difference between two lists of tensors, each measured as the tolerance says; it must stay below
 * `tolerance.relative`.
 */
export function worstError(
  actual: readonly ArrayLike<number>[],
  expected: readonly ArrayLike<number>[],
  { floor }: Tolerance,
): number {
  const errors = expected.flatMap((tensor, i) => {
    const values = Array.from(tensor);
    const least = floor * Math.max(...values.map(Math.abs));
    return values.map((value, j) => Math.abs(actual[i][j] - value) / Math.max(Math.abs(value), least));
  });
  return Math.max(...errors);
}

/** Weights and biases of all layers, without empty ones. */
export function tensorsOf({ parameters }: Pick<Outcome, 'parameters'>): ArrayLike<number>[] {
  return parameters.flatMap(({ weight, bias }) => (bias.length > 0 ? [weight, bias] : [weight]));
}

/** The rows of each step. */
function batchesOf({ inputs, order, epochs, batchSize }: Recording): number[][] {
  const batches: number[][] = [];
  for (let epoch = 0; epoch < epochs; epoch++) {
    const rows = order?.[epoch] ?? [...inputs.keys()];
    for (let start = 0; start < rows.length; start += batchSize) {
      batches.push(rows.slice(start, start + batchSize));
    }
  }
  return batches;
}

function rowWeightsOf({ sampleWeight, classWeight, targets }: Recording): number[] | undefined {
  return sampleWeight ?? (classWeight && targets.map((target) => classWeight[target as number]));
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
