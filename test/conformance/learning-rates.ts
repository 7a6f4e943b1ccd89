import { describe, expect, it } from 'vitest';
import type { FitSpec, OptimizerSpec } from '../../src/engine/contract.js';
import { exact, expectClose, forwardPass } from '../tolerance.js';
import type { BackendUnderTest } from './networks.js';
import {
  adam,
  createNetwork,
  createSamples,
  fitSpec,
  layer,
  momentum,
  networkSpec,
  sgd,
} from './networks.js';
import { accuracyAlong, lossesAlong, play, weightAlong } from './scripted.js';

type Plateau = NonNullable<FitSpec['plateau']>;

const plateau: Plateau = {
  monitor: 'loss',
  factor: 0.5,
  patience: 2,
  minDelta: 0,
  cooldown: 0,
  minLearningRate: 0,
  firstEpoch: 1,
};

/** Losses of the epochs, changes to `plateau`, and the rates of Keras's ReduceLROnPlateau for them. */
const plateaus: [string, number[], Partial<Plateau>, number[]][] = [
  ['nothing while it improves', [6, 5, 4, 3, 2, 1], {}, [1, 1, 1, 1, 1, 1]],
  [
    'each time patience has run out',
    [5, 4, 4, 4, 4, 4, 4, 3, 3, 3, 3],
    {},
    [1, 1, 1, 1, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25, 0.125],
  ],
  ['an improvement resets the patience', [5, 5, 4, 4, 3, 3, 2, 2], {}, [1, 1, 1, 1, 1, 1, 1, 1]],
  [
    'an improvement of less than minDelta is none',
    [5, 4.99, 4.98, 4.97, 4, 4],
    { minDelta: 0.5 },
    [1, 1, 1, 0.5, 0.5, 0.5],
  ],
  [
    'not below minLearningRate',
    [4, 4, 4, 4, 4],
    { patience: 1, minLearningRate: 0.3 },
    [1, 1, 0.5, 0.3, 0.3],
  ],
  // The epoch that ends the cooldown already counts towards the patience.
  [
    'waits for the cooldown',
    [4, 4, 4, 4, 4, 4, 4],
    { patience: 1, cooldown: 2 },
    [1, 1, 0.5, 0.5, 0.25, 0.25, 0.125],
  ],
  [
    'a cooldown of one epoch before a patience of two',
    [4, 4, 4, 4, 4, 4, 4],
    { cooldown: 1 },
    [1, 1, 1, 0.5, 0.5, 0.25, 0.25],
  ],
  [
    'remembers the best during the cooldown',
    [4, 4, 3, 3.5, 3.5, 2, 2.5],
    { patience: 1, cooldown: 2 },
    [1, 1, 0.5, 0.5, 0.25, 0.25, 0.25],
  ],
  // If it were observed, the first epoch would be the best, and the rate would fall after the third.
  [
    'does not observe the epochs before firstEpoch',
    [1, 5, 4, 3, 3, 3, 3],
    { firstEpoch: 3 },
    [1, 1, 1, 1, 1, 1, 0.5],
  ],
  ['a patience of 0 is one of 1', [4, 4, 4, 3, 3], { patience: 0 }, [1, 1, 0.5, 0.25, 0.25]],
];

export function learningRates(backend: BackendUnderTest): void {
  const unit: OptimizerSpec = { ...sgd, learningRate: 1 };

  describe('learning rates', () => {
    it("are the optimizer's by default", async () => {
      const { outcomes } = await play(backend(), lossesAlong([1, 2]));
      expect(outcomes.map(({ learningRate }) => learningRate)).toEqual([0.1, 0.1]);
    });

    it('are those of the schedule, epoch by epoch', async () => {
      const script = weightAlong([4, 3, 5, 1]);
      const { outcomes, parameters } = await play(backend(), script);
      const used = outcomes.map(({ learningRate }) => learningRate);
      expect(used).toEqual([...script.fit.learningRates!]);
      expectClose(
        outcomes.map(({ loss }) => loss),
        [8, 4.5, 12.5],
        forwardPass,
        'losses',
      );
      expectClose(parameters, [1], forwardPass, 'weight');
    });

    it.each<OptimizerSpec>([
      sgd,
      { ...momentum, nesterov: true },
      { kind: 'momentumEma', learningRate: 0.1, beta: 0.9, clipNorm: null },
      { ...adam, epsilonHat: true },
      { ...adam, kind: 'adamW', weightDecay: 0.3 },
    ])('replace the rate everywhere in $kind', async (optimizer) => {
      const spec = networkSpec(4, [layer(6, 'tanh'), layer(3, 'softmax')], 'crossEntropy', { optimizer });
      const dataset = backend().createDataset(createSamples(spec, 40));
      const rates = [0.02, 0.05, 0.01];
      const scheduled = createNetwork(backend(), spec);
      const fit = fitSpec({ epochs: 3, learningRates: Float64Array.from(rates) });
      await scheduled.fit(dataset, fit, () => {}).done;

      let expected = createNetwork(backend(), spec);
      for (const learningRate of rates) {
        const next = createNetwork(backend(), { ...spec, optimizer: { ...optimizer, learningRate } });
        next.setParameters(expected.getParameters());
        next.setOptimizerState(expected.getOptimizerState());
        await next.fit(dataset, fitSpec(), () => {}).done;
        expected = next;
      }
      expectClose(scheduled.getParameters(), expected.getParameters(), exact, 'parameters');
    });
  });

  describe('plateau', () => {
    it.each(plateaus)('%s', async (_, losses, changes, expected) => {
      const script = lossesAlong(losses, { plateau: { ...plateau, ...changes } });
      const { outcomes } = await play(backend(), { ...script, spec: { ...script.spec, optimizer: unit } });
      expect(outcomes.map(({ learningRate }) => learningRate)).toEqual(expected);
    });

    it('multiplies the rates of the schedule, which may lie below minLearningRate', async () => {
      const learningRates = Float64Array.of(1, 1, 0.8, 0.4, 0.1, 0.8);
      const settings = { ...plateau, patience: 1, minLearningRate: 0.2 };
      const { outcomes } = await play(
        backend(),
        lossesAlong(Array(6).fill(4), { learningRates, plateau: settings }),
      );
      const used = outcomes.map(({ learningRate }) => learningRate);
      expect(used).toEqual([1, 1, 0.4, 0.2, 0.1, 0.2]);
    });

    // In both, the training loss goes on improving.
    it('watches the validation loss', async () => {
      const settings: Plateau = { ...plateau, monitor: 'validationLoss' };
      const script = lossesAlong([4, 3, 2, 1], { plateau: settings });
      const { outcomes } = await play(backend(), { ...script, spec: { ...script.spec, optimizer: unit } });
      expect(outcomes.map(({ learningRate }) => learningRate)).toEqual([1, 1, 1, 0.5]);
    });

    it('watches the validation accuracy', async () => {
      const settings: Plateau = { ...plateau, monitor: 'validationAccuracy' };
      const script = accuracyAlong([1, -1, -1, 1], { plateau: settings });
      const { outcomes } = await play(backend(), script);
      const [first, second, third, fourth] = script.fit.learningRates!;
      const used = outcomes.map(({ learningRate }) => learningRate);
      expect(used).toEqual([first, second, third, fourth / 2]);
    });

    it('reduces the rate that the steps use', async () => {
      const script = weightAlong([4], { epochs: 4, plateau: { ...plateau, minDelta: 100, patience: 1 } });
      const learningRates = Float64Array.of(0.5, 0.5, 0.5, 0.5);
      const { parameters } = await play(backend(), { ...script, fit: { ...script.fit, learningRates } });
      expectClose(parameters, [4 * 0.5 * 0.5 * 0.75 * 0.875], forwardPass, 'weight');
    });
  });
}
