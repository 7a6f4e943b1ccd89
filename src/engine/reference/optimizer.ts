import type { OptimizerSpec } from '../contract.js';
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

/**
 * Moves the parameters `p` against their gradients `g`, all (parameterCount).
 *
 * @param learningRate of this step, instead of the optimizer's own
 * @param t number of this step, from 1
 * @param moments in the order of `momentNames`, zeros before the first step
 */
export function update(
  optimizer: OptimizerSpec,
  learningRate: number,
  t: number,
  p: FloatArray,
  g: FloatArray,
  moments: FloatArray[],
): void {
  switch (optimizer.kind) {
    case 'sgd':
      for (let i = 0; i < p.length; i++) p[i] -= learningRate * g[i];
      break;

    case 'momentum': {
      const { momentum, nesterov } = optimizer;
      const [velocity] = moments;
      for (let i = 0; i < p.length; i++) {
        const v = momentum * velocity[i] + g[i];
        velocity[i] = v;
        p[i] -= learningRate * (nesterov ? g[i] + momentum * v : v);
      }
      break;
    }

    case 'momentumEma': {
      const { beta } = optimizer;
      const [mean] = moments;
      const rate = learningRate / (1 - beta ** t);
      for (let i = 0; i < p.length; i++) {
        const m = beta * mean[i] + (1 - beta) * g[i];
        mean[i] = m;
        p[i] -= rate * m;
      }
      break;
    }

    case 'adam':
    case 'adamW': {
      const { beta1, beta2, epsilon, epsilonInsideSqrt, epsilonHat } = optimizer;
      const [firstMoment, secondMoment] = moments;
      const correction1 = 1 - beta1 ** t;
      const correction2 = 1 - beta2 ** t;
      // Epsilon-hat is added to the root of the uncorrected s; the rate then carries the correction:
      // lr sqrt(1 - b2^t) m^ / (sqrt(s) + eps) (Kingma, Ba: "Adam", ICLR 2015, end of section 2).
      const rate = epsilonHat ? learningRate * Math.sqrt(correction2) : learningRate;
      const sCorrection = epsilonHat ? 1 : correction2;
      // adamW decays every parameter, including biases, independently of the gradient.
      const kept = optimizer.kind === 'adamW' ? 1 - learningRate * optimizer.weightDecay : 1;
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
      break;
    }

    case 'rmsprop': {
      const { alpha, momentum, centered, epsilon } = optimizer;
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
      break;
    }

    default:
      optimizer satisfies never;
  }
}
