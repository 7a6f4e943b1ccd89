import { describe, expect, it } from 'vitest';
import type { OptimizerSpec } from '../../src/engine/contract.js';
import { optimizers } from '../../src/engine/kinds.js';
import { expectClose, trajectory } from '../tolerance.js';
import type { BackendUnderTest } from './networks.js';
import { adam, createNetwork, createSamples, layer, momentum, networkSpec, sgd } from './networks.js';

/** One parameter's path: its next value, from its value, its gradient and the step. */
type Descent = (p: number, g: number, t: number) => number;

const LR = 0.03;
const [B1, B2] = [0.8, 0.95];
const rmsprop = {
  kind: 'rmsprop',
  learningRate: LR,
  alpha: 0.9,
  centered: false,
  epsilon: 1e-2,
  clipNorm: null,
} as const;
const adamWith = { ...adam, learningRate: LR, beta1: B1, beta2: B2 };

/** The two moments of Adam, uncorrected. */
function moments() {
  let m = 0;
  let s = 0;
  return (g: number) => {
    m = B1 * m + (1 - B1) * g;
    s = B2 * s + (1 - B2) * g ** 2;
    return { m, s };
  };
}

/** Each optimizer beside its textbook formula, written out for a single parameter. */
const formulas: [string, OptimizerSpec, () => Descent][] = [
  ['sgd', { ...sgd, learningRate: LR }, () => (p, g) => p - LR * g],
  [
    'momentum',
    { ...momentum, learningRate: LR, momentum: 0.7 },
    () => {
      let v = 0;
      return (p, g) => {
        v = 0.7 * v + g;
        return p - LR * v;
      };
    },
  ],
  [
    "Nesterov's momentum",
    { ...momentum, learningRate: LR, momentum: 0.7, nesterov: true },
    () => {
      let v = 0;
      return (p, g) => {
        v = 0.7 * v + g;
        return p - LR * (g + 0.7 * v);
      };
    },
  ],
  [
    'momentumEma',
    { kind: 'momentumEma', learningRate: LR, beta: 0.7, clipNorm: null },
    () => {
      let m = 0;
      return (p, g, t) => {
        m = 0.7 * m + 0.3 * g;
        return p - (LR * m) / (1 - 0.7 ** t);
      };
    },
  ],
  [
    'adam',
    { ...adamWith, epsilon: 1e-3 },
    () => {
      const next = moments();
      return (p, g, t) => {
        const { m, s } = next(g);
        return p - (LR * (m / (1 - B1 ** t))) / (Math.sqrt(s / (1 - B2 ** t)) + 1e-3);
      };
    },
  ],
  [
    'adam, epsilonInsideSqrt',
    { ...adamWith, epsilon: 1e-3, epsilonInsideSqrt: true },
    () => {
      const next = moments();
      return (p, g, t) => {
        const { m, s } = next(g);
        return p - (LR * (m / (1 - B1 ** t))) / Math.sqrt(s / (1 - B2 ** t) + 1e-3);
      };
    },
  ],
  [
    'adam, epsilonHat',
    { ...adamWith, epsilon: 1e-3, epsilonHat: true },
    () => {
      const next = moments();
      return (p, g, t) => {
        const { m, s } = next(g);
        return p - (((LR * Math.sqrt(1 - B2 ** t)) / (1 - B1 ** t)) * m) / (Math.sqrt(s) + 1e-3);
      };
    },
  ],
  [
    'adam, epsilonHat inside the root',
    { ...adamWith, epsilon: 1e-3, epsilonHat: true, epsilonInsideSqrt: true },
    () => {
      const next = moments();
      return (p, g, t) => {
        const { m, s } = next(g);
        return p - (((LR * Math.sqrt(1 - B2 ** t)) / (1 - B1 ** t)) * m) / Math.sqrt(s + 1e-3);
      };
    },
  ],
  [
    'adamW',
    { ...adamWith, kind: 'adamW', epsilon: 1e-3, weightDecay: 0.4 },
    () => {
      const next = moments();
      return (p, g, t) => {
        const { m, s } = next(g);
        const decayed = p - LR * 0.4 * p;
        return decayed - (LR * (m / (1 - B1 ** t))) / (Math.sqrt(s / (1 - B2 ** t)) + 1e-3);
      };
    },
  ],
  [
    'rmsprop',
    { ...rmsprop, momentum: 0 },
    () => {
      let s = 0;
      return (p, g) => {
        s = 0.9 * s + 0.1 * g ** 2;
        return p - (LR * g) / (Math.sqrt(s) + 1e-2);
      };
    },
  ],
  [
    'rmsprop, centered, with momentum',
    { ...rmsprop, momentum: 0.7, centered: true },
    () => {
      let [s, m, v] = [0, 0, 0];
      return (p, g) => {
        s = 0.9 * s + 0.1 * g ** 2;
        m = 0.9 * m + 0.1 * g;
        v = 0.7 * v + g / (Math.sqrt(s - m ** 2) + 1e-2);
        return p - LR * v;
      };
    },
  ],
];

export function optimizerFormulas(backend: BackendUnderTest): void {
  describe('optimizer formulas', () => {
    it('there is one for every optimizer', () => {
      expect(new Set(formulas.map(([, { kind }]) => kind))).toEqual(new Set(Object.keys(optimizers)));
    });

    it.each(formulas)('%s', (_, optimizer, formula) => {
      const spec = networkSpec(4, [layer(6, 'tanh'), layer(3, 'softmax')], 'crossEntropy', {
        optimizer,
        l2: 0.01,
      });
      const samples = createSamples(spec, 10);
      const network = createNetwork(backend(), spec);
      const expected = Float64Array.from(network.getParameters());
      const descents = Array.from(expected, formula);
      for (let t = 1; t <= 8; t++) {
        const { gradients } = network.lossAndGradients(samples, false);
        for (const [i, descend] of descents.entries()) expected[i] = descend(expected[i], gradients[i], t);
        network.trainBatch(samples);
        expectClose(network.getParameters(), expected, trajectory, `parameters after step ${t}`);
      }
    });
  });
}
