import type { OptimizerSpec } from '../contract.js';
import type { OptimizerKind } from '../kinds.js';
import { type FloatArray, norm } from './vector.js';

/**
 * Scales all gradients together so that their L2 norm is at most `clipNorm`.
 */
export function clipGradients(clipNorm: number, g: FloatArray): void {
  const length = norm(g);
  if (length <= clipNorm) return;
  const scale = clipNorm / length;
  for (let i = 0; i < g.length; i++) g[i] *= scale;
}

/** What an update works on, all of the same length. */
interface Tensors {
  /** Parameters. */
  p: FloatArray;
  /** Their gradients. */
  g: FloatArray;
  /** In the order of `momentNames`, zeros before the first step. */
  moments: FloatArray[];
}

type Options<K extends OptimizerKind> = Extract<OptimizerSpec, { kind: K }>;

/** The rule of each optimizer; `learningRate` is this step's, `t` its number, from 1. */
const rules: {
  [K in OptimizerKind]: (optimizer: Options<K>, learningRate: number, t: number, tensors: Tensors) => void;
} = {
  sgd: (_, learningRate, _t, { p, g }) => {
    for (let i = 0; i < p.length; i++) p[i] -= learningRate * g[i];
  },

  momentum: ({ momentum, nesterov }, learningRate, _t, { p, g, moments: [velocity] }) => {
    for (let i = 0; i < p.length; i++) {
      const v = momentum * velocity[i] + g[i];
      velocity[i] = v;
      p[i] -= learningRate * (nesterov ? g[i] + momentum * v : v);
    }
  },

  momentumEma: ({ beta }, learningRate, t, { p, g, moments: [mean] }) => {
    const rate = learningRate / (1 - beta ** t);
    for (let i = 0; i < p.length; i++) {
      const m = beta * mean[i] + (1 - beta) * g[i];
      mean[i] = m;
      p[i] -= rate * m;
    }
  },

  adam: (optimizer, learningRate, t, tensors) => adam(optimizer, learningRate, t, tensors, 1),

  // Decays every parameter, including biases, independently of the gradient.
  adamW: (optimizer, learningRate, t, tensors) =>
    adam(optimizer, learningRate, t, tensors, 1 - learningRate * optimizer.weightDecay),

  rmsprop: ({ alpha, momentum, centered, epsilon }, learningRate, _t, { p, g, moments }) => {
    const [squares] = moments;
    const velocity = momentum > 0 ? moments[1] : null;
    const mean = centered ? moments[moments.length - 1] : null;
    for (let i = 0; i < p.length; i++) {
      const s = alpha * squares[i] + (1 - alpha) * g[i] * g[i];
      squares[i] = s;
      let variance = s;
      if (mean !== null) {
        const m = alpha * mean[i] + (1 - alpha) * g[i];
        mean[i] = m;
        // Below 0 only by rounding.
        variance = Math.max(s - m * m, 0);
      }
      let step = g[i] / (Math.sqrt(variance) + epsilon);
      if (velocity !== null) {
        step += momentum * velocity[i];
        velocity[i] = step;
      }
      p[i] -= learningRate * step;
    }
  },
};

/** Adam, after multiplying the parameters by `kept`. */
function adam(
  { beta1, beta2, epsilon, epsilonInsideSqrt, epsilonHat }: Options<'adam' | 'adamW'>,
  learningRate: number,
  t: number,
  { p, g, moments: [firstMoment, secondMoment] }: Tensors,
  kept: number,
): void {
  const correction1 = 1 - beta1 ** t;
  const correction2 = 1 - beta2 ** t;
  // Epsilon-hat is added to the root of the uncorrected s; the rate then carries the correction:
  // lr sqrt(1 - b2^t) m^ / (sqrt(s) + eps) (Kingma, Ba: "Adam", ICLR 2015, end of section 2).
  const rate = epsilonHat ? learningRate * Math.sqrt(correction2) : learningRate;
  const sCorrection = epsilonHat ? 1 : correction2;
  for (let i = 0; i < p.length; i++) {
    const m = beta1 * firstMoment[i] + (1 - beta1) * g[i];
    const s = beta2 * secondMoment[i] + (1 - beta2) * g[i] * g[i];
    firstMoment[i] = m;
    secondMoment[i] = s;
    const mHat = m / correction1;
    const sHat = s / sCorrection;
    const scale = epsilonInsideSqrt ? Math.sqrt(sHat + epsilon) : Math.sqrt(sHat) + epsilon;
    p[i] = kept * p[i] - (rate * mHat) / scale;
  }
}

/**
 * Moves the parameters `p` against their gradients `g`.
 *
 * @param learningRate of this step, instead of the optimizer's own
 * @param t number of this step, from 1
 * @param moments in the order of `momentNames`, zeros before the first step
 */
export function update<K extends OptimizerKind>(
  optimizer: Options<K>,
  learningRate: number,
  t: number,
  p: FloatArray,
  g: FloatArray,
  moments: FloatArray[],
): void {
  const rule: (typeof rules)[K] = rules[optimizer.kind as K];
  rule(optimizer, learningRate, t, { p, g, moments });
}
