import type {
  Backend,
  EpochOutcome,
  FitOutcome,
  FitSpec,
  NetworkSpec,
  Samples,
} from '../../src/engine/contract.js';
import { fitSpec, layer, networkSpec, networkWith } from './networks.js';

/**
 * Fits whose losses are all known in advance, to test what stops a fit or reduces its learning rate on given
 * numbers.
 */
export interface Scripted {
  spec: NetworkSpec;
  parameters: Float32Array;
  samples: Samples;
  validation: Samples;
  fit: FitSpec;
}

/**
 * One weight w on the input 1 with the target 0: the loss is w^2 / 2 and its gradient w, so learning rates can
 * lead w along any path. Epoch e, from 1, begins at w = path[e - 1] and ends at path[e], and so do its loss
 * and its validation loss.
 */
export function weightAlong(path: number[], changes: Partial<FitSpec> = {}): Scripted {
  const samples = { rows: 1, inputs: Float32Array.of(1), targets: Float32Array.of(0), weights: null };
  const rates = path.slice(1).map((next, i) => 1 - next / path[i]);
  return {
    spec: networkSpec(1, [layer(1, 'identity', false)], 'halfMse'),
    parameters: Float32Array.of(path[0]),
    samples,
    validation: samples,
    fit: fitSpec({ epochs: rates.length, learningRates: Float64Array.from(rates), ...changes }),
  };
}

/**
 * A yes-no classifier z = x + b whose accuracy after epoch e, from 1, is (base + sum of the first e steps) /
 * rows, where each step is +1 or -1: the bias grows by one an epoch, and the validation row that it then
 * passes is a yes for +1, a no for -1.
 */
export function accuracyAlong(steps: (1 | -1)[], changes: Partial<FitSpec> = {}): Scripted {
  const rows = steps.length;
  const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));
  // With x = 0 and y = 1 the gradient of b is sigmoid(b) - 1, and the weight's is 0.
  const rates = steps.map((_, b) => 1 / (1 - sigmoid(b)));
  return {
    spec: networkSpec(1, [layer(1, 'sigmoid')], 'bce'),
    parameters: Float32Array.of(1, 0),
    samples: { rows: 1, inputs: Float32Array.of(0), targets: Float32Array.of(1), weights: null },
    validation: {
      rows,
      inputs: Float32Array.from(steps, (_, i) => -0.5 - i),
      targets: Float32Array.from(steps, (step) => (step > 0 ? 1 : 0)),
      weights: null,
    },
    fit: fitSpec({ epochs: rows, learningRates: Float64Array.from(rates), ...changes }),
  };
}

/**
 * A network that has nothing to learn, since its inputs are 0, and targets that make the loss of epoch e, from
 * 1, y[e - 1]^2 / 2, whatever the learning rates.
 */
export function lossesAlong(y: number[], changes: Partial<FitSpec> = {}): Scripted {
  const samples = {
    rows: y.length,
    inputs: new Float32Array(y.length),
    targets: Float32Array.from(y),
    weights: null,
  };
  return {
    spec: networkSpec(1, [layer(1, 'identity', false)], 'halfMse'),
    parameters: Float32Array.of(0),
    samples,
    validation: samples,
    fit: fitSpec({
      epochs: y.length,
      order: { rows: Uint32Array.from(y.keys()), rowsPerEpoch: 1 },
      ...changes,
    }),
  };
}

export interface Played {
  end: FitOutcome;
  outcomes: EpochOutcome[];
  parameters: Float32Array;
  /** Steps that the network counts after the fit. */
  step: number;
}

/** Runs the fit from its beginning to its end; `onEpoch` may stop it. */
export async function play(
  backend: Backend,
  { spec, parameters, samples, validation, fit }: Scripted,
  onEpoch: (outcome: EpochOutcome, stop: () => void) => void = () => {},
): Promise<Played> {
  const network = networkWith(backend, spec, parameters);
  const measured = { dataset: backend.createDataset(validation), rows: null };
  const outcomes: EpochOutcome[] = [];
  const job = network.fit(backend.createDataset(samples), { ...fit, validation: measured }, (outcome) => {
    outcomes.push(outcome);
    onEpoch(outcome, () => job.stop());
  });
  const end = await job.done;
  return { end, outcomes, parameters: network.getParameters(), step: network.getOptimizerState().step };
}
