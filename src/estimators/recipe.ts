/**
 * How a network on encoded rows is trained: as RealMLP (Holzmüller, Grinsztajn and Steinwart, "Better by default:
 * strong pre-tuned MLPs and boosted trees on tabular data", NeurIPS 2024, appendix A), with the numbers that suit
 * several small networks; `docs/decisions/0014-defaults.md` has what was measured.
 *
 * The paper writes a layer as z = W x / sqrt(d) + b with W ~ N(0, 1), d its number of inputs. With Adam that is
 * the same as z = W x + b with W ~ N(0, 1/d), a learning rate divided by sqrt(d), an epsilon and a decay
 * multiplied by it; so ordinary layers do, with factors for their tensors.
 */

import type { Activation, TensorFactors } from '../engine/contract.js';
import type { LossOptions } from '../engine/kinds.js';
import type { FitOptions } from '../network/fit-options.js';
import type { LayerOptions } from '../options/layer.js';
import type { NetworkOptions } from '../options/network.js';

/** The losses of a regressor, on the standardised target. */
export type TargetLoss =
  | { kind: 'squared' }
  | { kind: 'absolute' }
  | { kind: 'huber'; delta: number }
  | { kind: 'quantile'; quantiles: number[] };

/** What a network is to be and how it is trained. */
export interface Recipe {
  hiddenLayers: readonly number[];
  activation: Activation;
  /** 'crossEntropy' for classes. */
  loss: { kind: 'crossEntropy' } | TargetLoss;
  learningRate: number;
  batchSize: number;
  epochs: number;
  /** Epochs without an improvement that end the fit; Infinity for none. */
  patience: number;
  dropout: number;
  weightDecay: number;
  labelSmoothing: number;
  /** What decides which epoch is kept. */
  monitor: 'validationLoss' | 'validationAccuracy';
}

const BETA1 = 0.9;
const BETA2 = 0.95;
const EPSILON = 1e-8;
const BIAS_FACTOR = 0.1;
const SCALE_FACTOR = 6;

/**
 * Four cosine cycles, each twice as long as the one before: 0.5 (1 - cos(2π log2(1 + 15 t))), which is 0 at
 * t = 0, 1/15, 3/15, 7/15 and 1 (the paper's coslog4).
 *
 * @param t - the part of the fit that is done, in [0, 1]
 */
export function coslog4(t: number): number {
  return 0.5 * (1 - Math.cos(2 * Math.PI * Math.log2(1 + 15 * t)));
}

/** 1 up to t = 1/2, then a cosine down to 0: for dropout and weight decay (the paper's flat_cos). */
export function flatCos(t: number): number {
  return t < 0.5 ? 1 : 0.5 * (1 + Math.cos(Math.PI * (2 * t - 1)));
}

/** The factors of a layer with `inputs` inputs: the paper's parametrisation in terms of an ordinary layer. */
export function layerFactors(inputs: number): { weight: TensorFactors; bias: TensorFactors } {
  const root = Math.sqrt(inputs);
  return {
    weight: { learningRate: 1 / root, weightDecay: root, epsilon: root },
    bias: { learningRate: BIAS_FACTOR, weightDecay: 0, epsilon: 1 },
  };
}

/** The layers: hidden ones with weights from N(0, 1/d) and biases from N(0, 1), an output layer of zeros. */
export function recipeLayers(recipe: Recipe, shape: { inputSize: number; outputs: number }): LayerOptions[] {
  const { activation, dropout, loss } = recipe;
  let inputs = shape.inputSize;
  const hidden = recipe.hiddenLayers.map((units): LayerOptions => {
    const factors = layerFactors(inputs);
    inputs = units;
    return {
      units,
      activation,
      dropout,
      factors,
      initializer: 'lecunNormal',
      biasInitializer: { kind: 'normal', mean: 0, standardDeviation: 1 },
    };
  });
  const output: LayerOptions = {
    units: shape.outputs,
    activation: loss.kind === 'crossEntropy' ? 'softmax' : 'identity',
    factors: layerFactors(inputs),
    initializer: 'zeros',
  };
  return [...hidden, output];
}

/**
 * The options of `Network` and of its `fit` by which a recipe is followed; neither seed nor threads nor data.
 * Dropout and decay fall to 0 in the second half of the fit.
 */
export function networkOptions(
  recipe: Recipe,
  shape: { inputSize: number; outputs: number },
): { network: NetworkOptions; fit: FitOptions } {
  const { epochs, batchSize, patience, monitor, weightDecay, learningRate } = recipe;
  const adam = { learningRate, beta1: BETA1, beta2: BETA2, epsilon: EPSILON };
  return {
    network: {
      inputSize: shape.inputSize,
      layers: recipeLayers(recipe, shape),
      inputScale: { learningRate: SCALE_FACTOR, weightDecay: 1, epsilon: 1 },
      loss: networkLoss(recipe.loss),
      optimizer: weightDecay > 0 ? { kind: 'adamW', ...adam, weightDecay } : { kind: 'adam', ...adam },
      labelSmoothing: recipe.labelSmoothing,
    },
    fit: {
      epochs,
      batchSize,
      dropLast: true,
      stepSchedule: (t) => ({ learningRate: coslog4(t), dropout: flatCos(t), weightDecay: flatCos(t) }),
      earlyStopping: { monitor, patience, restoreBest: true, ties: 'last' },
    },
  };
}

/** The network's name for a loss; it takes all but 'squared' as they are. */
function networkLoss(loss: Recipe['loss']): LossOptions {
  return loss.kind === 'squared' ? { kind: 'mse' } : loss;
}
