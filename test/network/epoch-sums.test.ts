import { describe, expect, it } from 'vitest';
import { engines } from '../engines.js';
import { inBatches, makeData, regressor } from './in-batches.js';

const ROWS = 230;
/** 14 steps of 16 rows and one of 6; blocks of three steps, the last of two and the short one. */
const OPTIONS = { epochs: 3, batchSize: 16, shuffle: false } as const;
const BLOCKS = { ...OPTIONS, shuffleBuffer: 48 };

describe.each(engines)('the loss of an epoch of blocks, %s', (backend) => {
  const { x, y } = makeData(ROWS);
  const plain = { layers: [{ units: 5, activation: 'tanh' }, { units: 1 }] };

  /** Losses of a fit in memory and of one on batches. */
  async function losses(targets: Float32Array, weights: Float32Array | undefined, skips: boolean) {
    const [whole, parts] = [regressor(backend, plain), regressor(backend, plain)];
    const onNonFinite = skips ? 'skip' : 'error';
    const inMemory = await whole.fit(x, targets, { ...OPTIONS, onNonFinite, sampleWeight: weights });
    const source = inBatches(x, targets, [50], weights);
    const onBatches = await parts.fit(source, { ...BLOCKS, onNonFinite });
    expect(parts.getParameters()).toEqual(whole.getParameters());
    return [inMemory, onBatches].map(({ epochs }) => ({
      skipped: epochs.map(({ skippedSteps }) => skippedSteps),
      losses: epochs.map(({ loss }) => loss),
    }));
  }

  async function expectSame(targets: Float32Array, weights: Float32Array | undefined, skipped?: number) {
    const [inMemory, onBatches] = await losses(targets, weights, skipped !== undefined);
    expect(onBatches.skipped).toEqual([skipped, skipped, skipped]);
    expect(onBatches.skipped).toEqual(inMemory.skipped);
    // The same losses, summed in another order.
    onBatches.losses.forEach((loss, epoch) => {
      expect(Math.abs(loss / inMemory.losses[epoch] - 1)).toBeLessThan(1e-6);
    });
  }

  /** Rows whose loss is not finite, in these places. */
  const spoilt = (...rows: number[]) => y.map((value, row) => (rows.includes(row) ? 3e38 : value));

  it('counts rows by their weights', async () => {
    // Errors grow with the weights: otherwise, all blocks would have about the same loss.
    const targets = y.map((value, row) => (row < ROWS / 2 ? value : 3 * value));
    const weights = Float32Array.from(y, (_, row) => (row < ROWS / 2 ? 1 : 5));
    await expectSame(targets, weights);
  });

  it('does not count the rows of a short step that was skipped', async () => {
    await expectSame(spoilt(ROWS - 1), undefined, 1);
  });

  it('does not count the weights of steps that were skipped', async () => {
    const weights = Float32Array.from(y, (_, row) => (Math.floor(row / 16) % 3) + 1);
    await expectSame(spoilt(17, 60, ROWS - 1), weights, 3);
  });

  it('does not count a block of which no step was taken', async () => {
    await expectSame(spoilt(50, 70, 90), undefined, 3);
  });
});
