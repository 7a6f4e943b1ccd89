import { describe, expect, it } from 'vitest';
import type { FitSpec } from '../../src/engine/contract.js';
import { expectClose, forwardPass, trajectory } from '../tolerance.js';
import type { BackendUnderTest } from './networks.js';
import {
  createNetwork,
  createSamples,
  createWeights,
  fitSpec,
  layer,
  momentum,
  networkSpec,
  takeRows,
} from './networks.js';
import { type Played, play, weightAlong } from './scripted.js';

function lastEpoch({ outcomes }: Played): number {
  return outcomes[outcomes.length - 1].epoch;
}

/** What ends a fit before its last epoch, other than early stopping and the caller. */
export function stopping(backend: BackendUnderTest): void {
  describe('convergence', () => {
    // The losses are 8, 4.5, 2, 1.62, 1.28.
    const path = [4, 3, 2, 1.8, 1.6, 1];

    it('by the change of the loss from epoch to epoch', async () => {
      const played = await play(backend(), weightAlong(path, { functionTolerance: 0.5 }));
      expect(played.end).toMatchObject({ stoppedBy: 'converged' });
      expect(lastEpoch(played)).toBe(4);
    });

    it('by the change of the loss upwards, too', async () => {
      const played = await play(backend(), weightAlong([4, 2, 2.1, 1], { functionTolerance: 0.5 }));
      expect(played.end).toMatchObject({ stoppedBy: 'converged' });
      expect(lastEpoch(played)).toBe(3);
    });

    it('never after the first epoch, which cannot be compared with an earlier one', async () => {
      const played = await play(backend(), weightAlong(path, { functionTolerance: 1e9 }));
      expect(played.end).toMatchObject({ stoppedBy: 'converged' });
      expect(lastEpoch(played)).toBe(2);
    });

    it('by the norm of the gradient, also after the first epoch', async () => {
      const played = await play(backend(), weightAlong(path, { gradientTolerance: 1.9 }));
      expect(played.end).toMatchObject({ stoppedBy: 'converged' });
      const norms = played.outcomes.map(({ gradientNorm }) => gradientNorm!);
      expectClose(norms, [4, 3, 2, 1.8], forwardPass, 'gradientNorm');
      expect(lastEpoch(await play(backend(), weightAlong(path, { gradientTolerance: 5 })))).toBe(1);
    });

    it('by either of the two', async () => {
      const both = { functionTolerance: 0.35, gradientTolerance: 1.9 };
      expect(lastEpoch(await play(backend(), weightAlong(path, both)))).toBe(4);
    });

    it('not without a tolerance', async () => {
      const played = await play(backend(), weightAlong([2, 2, 2, 2]));
      expect(played.end).toMatchObject({ stoppedBy: 'epochs' });
      expect(played.outcomes[2]).not.toHaveProperty('gradientNorm');
    });

    it("the norm is of the mean of the steps' gradients, before clipping and with the penalty", async () => {
      const optimizer = { ...momentum, clipNorm: 0.01 };
      const spec = networkSpec(4, [layer(6, 'tanh'), layer(3, 'softmax')], 'crossEntropy', {
        optimizer,
        l2: 0.1,
      });
      const samples = { ...createSamples(spec, 23), weights: createWeights(23) };
      const norms: number[] = [];
      const fit = fitSpec({ epochs: 2, batchSize: 5, gradientTolerance: 1e-9 });
      await createNetwork(backend(), spec).fit(backend().createDataset(samples), fit, ({ gradientNorm }) => {
        norms.push(gradientNorm!);
      }).done;

      const network = createNetwork(backend(), spec);
      const expected = [1, 2].map(() => {
        const sum = new Float64Array(network.parameterCount);
        let total = 0;
        for (let first = 0; first < 23; first += 5) {
          const batch = takeRows(
            samples,
            Array.from({ length: Math.min(5, 23 - first) }, (_, i) => first + i),
          );
          const weight = batch.weights!.reduce((a, b) => a + b);
          const { gradients } = network.lossAndGradients(batch, false);
          for (const [i, gradient] of gradients.entries()) sum[i] += weight * gradient;
          total += weight;
          network.trainBatch(batch);
        }
        return Math.hypot(...sum) / total;
      });
      expectClose(norms, expected, trajectory, 'gradientNorm');
    });
  });

  describe('time limit', () => {
    it('of 0 allows no step', async () => {
      const played = await play(backend(), weightAlong([4, 3, 2], { maxTimeMs: 0 }));
      expect(played).toMatchObject({ end: { stoppedBy: 'maxTime' }, outcomes: [], step: 0 });
    });

    it('ends the fit between two steps of an epoch, which is not reported', async () => {
      const script = weightAlong([4, 3]);
      const rowsPerEpoch = 2_000_000;
      const order = { rows: new Uint32Array(rowsPerEpoch), rowsPerEpoch };
      const start = performance.now();
      const played = await play(backend(), {
        ...script,
        fit: { ...script.fit, order, batchSize: 1, maxTimeMs: 40 },
      });
      expect(performance.now() - start).toBeGreaterThanOrEqual(40);
      expect(played).toMatchObject({ end: { stoppedBy: 'maxTime' }, outcomes: [] });
      expect(played.step).toBeGreaterThan(0);
      expect(played.step).toBeLessThan(rowsPerEpoch);
    });

    it('does not end a fit that finishes in time', async () => {
      const played = await play(backend(), weightAlong([4, 3, 2], { maxTimeMs: 60_000 }));
      expect(played.end).toMatchObject({ stoppedBy: 'epochs' });
    });
  });

  it('of several ends at once the first of these is reported: converged, earlyStopping, epochs', async () => {
    // In epoch 2, the last one, patience runs out and the loss changes from 8 to 4.5.
    const endOf = async (changes: Partial<FitSpec>) =>
      (await play(backend(), weightAlong([4, 3, 5], changes))).end.stoppedBy;
    const earlyStopping = {
      monitor: 'validationLoss',
      patience: 1,
      minDelta: 0,
      restoreBest: false,
      lastOfTies: false,
    } as const;
    expect(await endOf({ earlyStopping, functionTolerance: 4 })).toBe('converged');
    expect(await endOf({ earlyStopping })).toBe('earlyStopping');
    expect(await endOf({})).toBe('epochs');
  });
}
