import { describe, expect, it } from 'vitest';
import type { FitSpec } from '../../src/engine/contract.js';
import { exact, expectClose, forwardPass } from '../tolerance.js';
import type { BackendUnderTest } from './networks.js';
import {
  createNetwork,
  createSamples,
  fitSpec,
  layer,
  momentum,
  networkSpec,
  networkWith,
} from './networks.js';
import { accuracyAlong, type Played, play, type Scripted, weightAlong } from './scripted.js';

type EarlyStopping = NonNullable<FitSpec['earlyStopping']>;

const patient: EarlyStopping = {
  monitor: 'validationLoss',
  patience: 2,
  minDelta: 0,
  restoreBest: true,
  lastOfTies: false,
};

const MANY = 1_000_000;

/** The best epoch is the second; after the third nothing changes any more, however long the fit. */
function bestIsSecond(changes: Partial<FitSpec> = {}): Scripted {
  const script = weightAlong([5, 4, 2, 3], { earlyStopping: { ...patient, patience: MANY }, ...changes });
  const learningRates = new Float64Array(MANY);
  learningRates.set(script.fit.learningRates!);
  return { ...script, fit: { ...script.fit, epochs: MANY, learningRates } };
}

function lastEpoch({ outcomes }: Played): number {
  return outcomes[outcomes.length - 1].epoch;
}

/** When early stopping ends a fit, and which weights it leaves. */
export function earlyStopping(backend: BackendUnderTest): void {
  describe('early stopping', () => {
    // The weight's path; epoch e ends with the loss path[e]^2 / 2.
    it.each<[string, number[], Partial<EarlyStopping>, { last: number; best: number; end: string }]>([
      [
        'when patience has run out',
        [6, 5, 4, 3, 3.5, 3.2, 1],
        {},
        { last: 5, best: 3, end: 'earlyStopping' },
      ],
      ['an improvement resets the patience', [6, 5, 5.5, 4, 4.5, 3], {}, { last: 5, best: 5, end: 'epochs' }],
      ['not before the patience', [6, 5, 5.5], {}, { last: 2, best: 1, end: 'epochs' }],
      ['the first epoch is an improvement', [1, 5, 6, 7, 8], {}, { last: 3, best: 1, end: 'earlyStopping' }],
      [
        'an improvement of less than minDelta is none',
        [6, 5, 4.95, 4.9, 1],
        { minDelta: 1 },
        { last: 3, best: 1, end: 'earlyStopping' },
      ],
      [
        'small improvements add up',
        [6, 5, 4.9, 4.5, 4.4, 4.2, 1],
        { minDelta: 1, patience: 3 },
        { last: 6, best: 6, end: 'epochs' },
      ],
      [
        'a patience of 0 is one of 1',
        [6, 5, 5.5, 1],
        { patience: 0 },
        { last: 2, best: 1, end: 'earlyStopping' },
      ],
      [
        // Epoch e begins with the loss path[e - 1]^2 / 2.
        'by the training loss',
        [6, 5, 3, 4, 3.5, 1],
        { monitor: 'loss' },
        { last: 5, best: 3, end: 'earlyStopping' },
      ],
    ])('%s', async (_, path, changes, { last, best, end }) => {
      for (const restoreBest of [true, false]) {
        const script = weightAlong(path, { earlyStopping: { ...patient, ...changes, restoreBest } });
        const played = await play(backend(), script);
        expect(played.end).toMatchObject({ stoppedBy: end, bestEpoch: best });
        expect(lastEpoch(played)).toBe(last);
        const restored = restoreBest ? best : last;
        expectClose(played.parameters, [path[restored]], forwardPass, 'weight');
        expect(played.step).toBe(restored);
      }
    });

    it('by the validation accuracy', async () => {
      const earlyStopping: EarlyStopping = { ...patient, monitor: 'validationAccuracy', patience: 3 };
      const { end, outcomes, parameters } = await play(
        backend(),
        accuracyAlong([1, 1, -1, 1, 1, -1, -1, -1, 1], { earlyStopping }),
      );
      expect(outcomes.map(({ validationAccuracy }) => 9 * validationAccuracy!)).toEqual([
        5, 6, 5, 6, 7, 6, 5, 4,
      ]);
      expect(end).toMatchObject({ stoppedBy: 'earlyStopping', bestEpoch: 5 });
      expectClose(parameters, [1, 5], forwardPass, 'weight and bias');
    });

    it('a NaN is no improvement, and without an improvement nothing is restored', async () => {
      const script = weightAlong([4, 3, 2, 1], { earlyStopping: patient });
      const validation = { ...script.validation, inputs: Float32Array.of(Number.NaN) };
      const { end, outcomes, parameters } = await play(backend(), { ...script, validation });
      expect(end).toMatchObject({ stoppedBy: 'earlyStopping', bestEpoch: 0 });
      expect(outcomes.map(({ validationLoss }) => validationLoss)).toEqual([Number.NaN, Number.NaN]);
      expectClose(parameters, [2], forwardPass, 'weight');
    });

    it('restores the state of the optimizer, too', async () => {
      const optimizer = { ...momentum, learningRate: 0.5 };
      const spec = networkSpec(4, [layer(6, 'tanh'), layer(3, 'softmax')], 'crossEntropy', { optimizer });
      const dataset = backend().createDataset(createSamples(spec, 40));
      const fit = (epochs: number, earlyStopping: EarlyStopping | null) => {
        const network = createNetwork(backend(), spec);
        const validation = { dataset, rows: null };
        const job = network.fit(dataset, fitSpec({ epochs, validation, earlyStopping }), () => {});
        return { network, done: job.done };
      };
      // The first epoch is the best: with this minDelta no later one counts as better.
      const stopped = fit(9, { ...patient, minDelta: 1000 });
      expect(await stopped.done).toMatchObject({ stoppedBy: 'earlyStopping', bestEpoch: 1 });
      const once = fit(1, null);
      await once.done;
      expect(stopped.network.getOptimizerState()).toEqual(once.network.getOptimizerState());
      expectClose(stopped.network.getParameters(), once.network.getParameters(), exact, 'parameters');
    });

    describe('restores the best weights, whatever ends the fit', () => {
      const expectBest = ({ parameters, step }: Played) => {
        expectClose(parameters, [2], forwardPass, 'weight');
        expect(step).toBe(2);
      };

      it('the last epoch', async () => {
        const script = weightAlong([5, 4, 2, 3], { earlyStopping: patient });
        const played = await play(backend(), script);
        expect(played.end).toMatchObject({ stoppedBy: 'epochs', bestEpoch: 2 });
        expectBest(played);
      });

      it('stop', async () => {
        const played = await play(backend(), bestIsSecond(), ({ epoch }, stop) => {
          if (epoch === 5) stop();
        });
        expect(played.end).toMatchObject({ stoppedBy: 'aborted', bestEpoch: 2 });
        expectBest(played);
      });

      it('an error of onEpoch', async () => {
        const { spec, parameters, samples, fit } = bestIsSecond();
        const network = networkWith(backend(), spec, parameters);
        const dataset = backend().createDataset(samples);
        const job = network.fit(dataset, { ...fit, validation: { dataset, rows: null } }, ({ epoch }) => {
          if (epoch === 5) throw new Error('enough');
        });
        await expect(job.done).rejects.toThrow('enough');
        expectClose(network.getParameters(), [2], forwardPass, 'weight');
      });

      it('the time limit', async () => {
        const played = await play(backend(), bestIsSecond({ maxTimeMs: 150 }));
        expect(played.end).toMatchObject({ stoppedBy: 'maxTime', bestEpoch: 2 });
        expectBest(played);
      });

      it('convergence', async () => {
        const played = await play(backend(), bestIsSecond({ functionTolerance: 1e-3 }));
        expect(played.end).toMatchObject({ stoppedBy: 'converged', bestEpoch: 2 });
        expectBest(played);
      });

      it('divergence', async () => {
        const script = weightAlong([5, 4, 2, 3, 3], { earlyStopping: patient });
        const samples = {
          rows: 2,
          inputs: Float32Array.of(1, Number.NaN),
          targets: Float32Array.of(0, 0),
          weights: null,
        };
        const order = { rows: Uint32Array.of(0, 0, 0, 1), rowsPerEpoch: 1 };
        const played = await play(backend(), { ...script, samples, fit: { ...script.fit, order } });
        const divergedAt = { epoch: 4, step: 1 };
        expect(played.end).toMatchObject({ stoppedBy: 'diverged', divergedAt, bestEpoch: 2 });
        expectBest(played);
      });
    });
  });
}
