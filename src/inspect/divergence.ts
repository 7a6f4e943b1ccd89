/** Why a loss or a weight became NaN or infinite, as far as weights and data show. */

import type { DivergedAt, EpochOutcome, NetworkSpec, Samples } from '../engine/contract.js';
import { parameterLayout } from '../engine/layout.js';
import { brief, nameLayers } from './findings.js';

/** The largest magnitudes in the data. */
export interface DataMagnitude {
  x: number;
  /** 0 if the targets are classes or probabilities. */
  y: number;
}

/** What is known after a fit has diverged. */
export interface Divergence {
  spec: NetworkSpec;
  at: DivergedAt;
  /** The last epoch that ended, if one did. */
  last: Pick<EpochOutcome, 'loss' | 'learningRate'> | undefined;
  /** With early stopping: the epoch with the best value of its monitor. */
  bestEpoch: number | undefined;
  /** Whether the weights of the best epoch have been restored. */
  isRestored: boolean;
  /** Flat, as they are now. */
  parameters: Float32Array;
  magnitude: DataMagnitude;
}

/** Data beyond these should be scaled; columns of mean 0 and standard deviation 1 stay far below. */
const LARGE_INPUT = 100;
const LARGE_TARGET = 1000;
/** With He and Glorot initialisation a layer's gain is at most 1.5; training seldom raises it above 5. */
const LARGE_GAIN = 10;
/** How many values of the data are examined: every fit pays for it, and few diverge. */
const LOOKED_AT = 2 ** 16;
/** They are in so many places, each of several rows: one value in a thousand might always be of the same column. */
const PIECES = 64;

/** The largest magnitudes in pieces of the data. */
export function magnitudeOf({ inputs, targets }: Samples): DataMagnitude {
  return { x: largest(inputs), y: targets instanceof Int32Array ? 0 : largest(targets) };
}

/** Where the training diverged, what the likely cause is, and what to try. */
export function explainDivergence(divergence: Divergence): string {
  const { spec, at, last, bestEpoch, isRestored, parameters } = divergence;
  const before = last === undefined ? '' : ` (${last.loss} in the epoch before)`;
  const areFinite = parameters.every(Number.isFinite);
  // A step whose loss is not finite is not taken; a non-finite weight has stayed or has been restored.
  const what = areFinite && !isRestored ? `the loss '${spec.loss}'` : `the loss '${spec.loss}' or a weight`;
  const weights = isRestored
    ? `the weights are those of epoch ${bestEpoch}, the best`
    : areFinite
      ? 'the weights are as before that step'
      : 'not all weights are finite now';
  const causes = causesOf(divergence);
  return (
    `${what} was NaN or infinite in epoch ${at.epoch}, step ${at.step}${before}; ${weights}. ` +
    `${causes.length > 1 ? 'Likely causes' : 'Likely cause'}: ${causes.join(', or ')}`
  );
}

function causesOf({ spec, at, last, parameters, magnitude }: Divergence): string[] {
  const causes: string[] = [];
  if (magnitude.x > LARGE_INPUT) {
    causes.push(
      `the inputs are not scaled, x reaches ${brief(magnitude.x)}: scale its columns to mean 0 and standard ` +
        'deviation 1',
    );
  }
  if (magnitude.y > LARGE_TARGET) {
    causes.push(`the targets are not scaled, y reaches ${brief(magnitude.y)}: scale them alike`);
  }
  const gains = gainsOf(parameters, spec);
  const large = gains.flatMap((gain, l) => (gain > LARGE_GAIN ? l : []));
  // If the loss of the first step is not finite, the learning rate has not touched the weights. If that step
  // overflowed them, it has; and initial weights are always finite.
  const isUntouched = at.epoch === 1 && at.step === 1 && parameters.every(Number.isFinite);
  if (large.length > 0) {
    const most = Math.max(...gains) / Math.SQRT2;
    const size = Number.isFinite(most)
      ? `up to ${brief(most)} times as large as 'heNormal' would`
      : 'infinitely large';
    causes.push(
      isUntouched
        ? `exploding activations, since the weights of ${nameLayers(large)} are ${size} make them: let them ` +
            'begin smaller'
        : `exploding gradients, which have made the weights of ${nameLayers(large)} ${size}: if they began ` +
            'large, let them begin smaller',
    );
  }
  if (causes.length === 0 || !isUntouched) {
    const rate = last?.learningRate ?? spec.optimizer.learningRate;
    causes.push(
      `the learning rate (${rate}) is too large: try ${brief(rate / 10)}, or set the optimizer's clipNorm`,
    );
  }
  return causes;
}

/** By how much each layer's linear part amplifies a signal in the forward pass: sqrt(inputs) * rms(W). */
function gainsOf(parameters: Float32Array, spec: NetworkSpec): number[] {
  return parameterLayout(spec).layers.map(({ units, weight }) => {
    let squares = 0;
    for (let i = weight.start; i < weight.end; i++) squares += parameters[i] ** 2;
    return Math.sqrt(squares / units);
  });
}

function largest(values: Float32Array): number {
  const pieces = values.length <= LOOKED_AT ? 1 : PIECES;
  const length = Math.min(values.length, LOOKED_AT / pieces);
  let max = 0;
  for (let piece = 0; piece < pieces; piece++) {
    const first = Math.floor((piece * (values.length - length)) / pieces);
    for (let i = first; i < first + length; i++) {
      const magnitude = Math.abs(values[i]);
      if (magnitude > max) max = magnitude;
    }
  }
  return max;
}
