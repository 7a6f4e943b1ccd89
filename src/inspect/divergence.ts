/** Why a loss, a gradient or a weight became NaN or infinite, as far as weights and data show. */

import type { DivergedAt, EpochOutcome, NetworkSpec, Samples } from '../engine/contract.js';
import { subjectOf } from '../engine/fault.js';
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
  /** The last ones that ended, up to `RECENT_EPOCHS`. */
  epochs: readonly Pick<EpochOutcome, 'loss' | 'learningRate'>[];
  /** Which weights the network has now, in words. */
  weights: string;
  /** Whether they are those that the step would have changed. */
  isAsItWas: boolean;
  /** Flat, as they are now. */
  parameters: Float32Array;
  magnitude: DataMagnitude;
}

/** Data beyond these should be scaled; columns of mean 0 and standard deviation 1 stay far below. */
const LARGE_INPUT = 100;
const LARGE_TARGET = 1000;
/** With He and Glorot initialisation a layer's gain is at most 1.5; training seldom raises it above 5. */
const LARGE_GAIN = 10;
/** Columns of mean 0 and standard deviation 1 have few values beyond this. */
const UNSCALED_INPUT = 5;
/** So many epochs, each with a larger loss than the one before, and so much larger after all of them. */
const STEADY_EPOCHS = 3;
export const RECENT_EPOCHS = STEADY_EPOCHS + 1;
const MUCH = 100;
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
  const { spec, at, epochs, weights } = divergence;
  const last = epochs.at(-1);
  const before = last === undefined ? '' : ` (loss ${last.loss} in the epoch before)`;
  const what = at.fault.kind === 'loss' ? `the loss '${spec.loss}'` : subjectOf(at.fault, spec.layers.length);
  const causes = causesOf(divergence);
  return (
    `${what} was NaN or infinite in epoch ${at.epoch}, step ${at.step}${before}; the weights are ${weights}. ` +
    `${causes.length > 1 ? 'Likely causes' : 'Likely cause'}: ${causes.join(', or ')}`
  );
}

/** The likeliest first. */
function causesOf(divergence: Divergence): string[] {
  const { spec, at, epochs, magnitude } = divergence;
  const causes: string[] = [];
  const grows = growsSteadily(epochs.map(({ loss }) => loss));
  // A loss that grows by the same factor again and again is that of steps beyond the stable rate, which is inversely
  // proportional to the squares of the inputs.
  if (magnitude.x > (grows ? UNSCALED_INPUT : LARGE_INPUT)) {
    causes.push(
      `the inputs are not scaled, x reaches ${brief(magnitude.x)}: scale its columns to mean 0 and standard ` +
        'deviation 1',
    );
  }
  if (magnitude.y > LARGE_TARGET) {
    causes.push(`the targets are not scaled, y reaches ${brief(magnitude.y)}: scale them alike`);
  }
  // The learning rate has not touched the weights before the first step, but it makes what that step leads to.
  const isUntouched = at.epoch === 1 && at.step === 1 && at.fault.kind !== 'update';
  const weights = causeInWeights(divergence, isUntouched, grows);
  if (weights !== null) causes.push(weights);
  if (causes.length === 0 || !isUntouched) {
    const rate = epochs.at(-1)?.learningRate ?? spec.optimizer.learningRate;
    causes.push(
      `the learning rate (${rate}) is too large: try ${brief(rate / 10)}, or set the optimizer's clipNorm`,
    );
  }
  return causes;
}

/** What weights that are too large say of the cause, or null. */
function causeInWeights(
  { spec, parameters, isAsItWas }: Divergence,
  isUntouched: boolean,
  grows: boolean,
): string | null {
  const gains = gainsOf(parameters, spec);
  const large = gains.flatMap((gain, l) => (gain > LARGE_GAIN ? l : []));
  if (large.length === 0 || !isAsItWas) return null;
  const size = `up to ${brief(Math.max(...gains) / Math.SQRT2)} times as large as 'heNormal' would`;
  if (isUntouched) {
    return (
      `exploding activations, since the weights of ${nameLayers(large)} are ${size} make them: let them ` +
      'begin smaller'
    );
  }
  // They have grown with the loss: an effect, not a cause.
  if (grows) return null;
  return (
    `exploding gradients, which have made the weights of ${nameLayers(large)} ${size}: if they began ` +
    'large, let them begin smaller'
  );
}

/** Whether the loss has grown in each of the last epochs, and in all of them together by a lot. */
function growsSteadily(losses: readonly number[]): boolean {
  if (losses.length <= STEADY_EPOCHS) return false;
  const last = losses.slice(-STEADY_EPOCHS - 1);
  const hasGrown = last.every((loss, i) => i === 0 || loss > last[i - 1]);
  return hasGrown && last[STEADY_EPOCHS] > MUCH * last[0];
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
