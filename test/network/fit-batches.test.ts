import { describe, expect, it } from 'vitest';
import type { Batch } from '../../src/network/batches.js';
import type { FitOptions } from '../../src/network/fit-options.js';
import type { DivergedError, History } from '../../src/network/history.js';
import { Network } from '../../src/network/network.js';
import { engines } from '../engines.js';
import { expectRejection } from '../errors.js';
import { INPUTS, inBatches, makeData, regressor } from './in-batches.js';

/** What is the same whenever a fit takes the same steps. */
const withoutTimes = ({ epochs, ...rest }: History) => ({
  ...rest,
  epochs: epochs.map(({ seconds, samplesPerSecond, ...record }) => record),
});

for (const backend of engines) {
  describe(`fit on batches, ${backend}`, () => {
    const { x, y, classes } = makeData(230);
    const held = makeData(40);
    const validationData = [held.x, held.y] as const;

    const cases: [string, FitOptions][] = [
      ['plain steps', {}],
      ['a validation and early stopping', { validationData, earlyStopping: { patience: 2 } }],
      ['a schedule of epochs', { learningRateSchedule: { kind: 'exponential', decay: 0.5 } }],
      [
        'a plateau',
        {
          validationData,
          learningRateSchedule: { kind: 'plateau', patience: 0, minDelta: 0.05, cooldown: 1 },
        },
      ],
      [
        'a schedule of steps',
        { stepSchedule: (t) => ({ learningRate: 1 - t, dropout: t, weightDecay: 2 * t }) },
      ],
      ['convergence', { convergence: { functionTolerance: 0.004 } }],
      ['statistics', { statistics: true }],
    ];
    it.each(cases)('takes the steps of a fit on all rows: %s', async (_, options) => {
      const whole = regressor(backend);
      const parts = regressor(backend);
      const common = { ...options, epochs: 9, batchSize: 16, shuffle: false };
      const expected = await whole.fit(x, y, common);
      const source = inBatches(x, y, [1, 30, 7, 64]);
      const rowsPerEpoch = options.stepSchedule && 230;
      const history = await parts.fit(source, { ...common, rowsPerEpoch, shuffleBuffer: 48 });
      expect(parts.getParameters()).toEqual(whole.getParameters());
      const found = withoutTimes(history);
      const wanted = withoutTimes(expected);
      found.epochs.forEach((record, epoch) => {
        // The same losses, summed in another order.
        expect(record.loss).toBeCloseTo(wanted.epochs[epoch].loss, 6);
        // Statistics are of the last block's rows.
        expect(record.layers === undefined).toBe(wanted.epochs[epoch].layers === undefined);
        expect(record.validationLoss).toBe(wanted.epochs[epoch].validationLoss);
        expect(record.learningRate).toBe(wanted.epochs[epoch].learningRate);
      });
      expect({ ...found, epochs: found.epochs.length }).toEqual({ ...wanted, epochs: wanted.epochs.length });
    });

    // The rows that do not fill a batch: of a larger last block, all of it, of the only one, and none.
    it.each([230, 198, 12, 192])(
      'leaves out what does not fill a batch, as in memory, of %i rows',
      async (rows) => {
        const [whole, parts] = [regressor(backend), regressor(backend)];
        const [ownX, ownY] = [x.subarray(0, rows * INPUTS), y.subarray(0, rows)];
        const sampleWeight = Float32Array.from(ownY, (_, row) => 1 + (row % 3));
        const stepSchedule = (t: number) => ({ learningRate: 1 - t });
        const common = {
          epochs: 3,
          batchSize: 16,
          shuffle: false,
          dropLast: true,
          validationData,
          stepSchedule,
        };
        const expected = await whole.fit(ownX, ownY, { ...common, sampleWeight });
        const source = inBatches(ownX, ownY, [7, 30, 1, 64], sampleWeight);
        const history = await parts.fit(source, { ...common, shuffleBuffer: 48, rowsPerEpoch: rows });
        expect(parts.getParameters()).toEqual(whole.getParameters());
        const validationLosses = ({ epochs }: typeof history) =>
          epochs.map(({ validationLoss }) => validationLoss);
        expect(validationLosses(history)).toEqual(validationLosses(expected));
      },
    );

    it('counts rows by the weights of their batches', async () => {
      const sampleWeight = Float32Array.from(y, (_, row) => row % 3);
      const [whole, parts] = [regressor(backend), regressor(backend)];
      await whole.fit(x, y, { sampleWeight, epochs: 2, batchSize: 10, shuffle: false });
      const source = inBatches(x, y, [33], sampleWeight);
      await parts.fit(source, { epochs: 2, batchSize: 10, shuffle: false, shuffleBuffer: 50 });
      expect(parts.getParameters()).toEqual(whole.getParameters());
    });

    it('gives rows of batches without weights the weight 1', async () => {
      const weights = Float32Array.from(y, (_, row) => (row < 100 ? 1 : 2));
      const [whole, parts] = [regressor(backend), regressor(backend)];
      await whole.fit(x, y, { sampleWeight: weights, batchSize: 230, shuffle: false });
      async function* batches(): AsyncGenerator<Batch> {
        yield [x.slice(0, 300), y.slice(0, 100)];
        yield { x: x.slice(300), y: y.slice(100), sampleWeight: weights.slice(100) };
      }
      await parts.fit(batches(), { batchSize: 230, shuffle: false });
      expect(parts.getParameters()).toEqual(whole.getParameters());
    });

    it('shuffles the rows of a block, in another order each epoch, the same for the same seed', async () => {
      const options = { epochs: 2, batchSize: 16, shuffleBuffer: 64 };
      const fitted = async (seed: number, changes = {}) => {
        const network = regressor(backend, { seed, layers: [{ units: 1, initializer: 'zeros' }] });
        const { epochs } = await network.fit(inBatches(x, y, [50]), { ...options, ...changes });
        return { parameters: network.getParameters(), losses: epochs.map(({ loss }) => loss) };
      };
      const first = await fitted(1);
      expect(await fitted(1)).toEqual(first);
      expect((await fitted(2)).parameters).not.toEqual(first.parameters);
      expect((await fitted(1, { shuffle: false })).parameters).not.toEqual(first.parameters);
    });

    it('trains on every row once an epoch', async () => {
      // With steps that change nothing, the mean loss tells which rows were used.
      const still = { optimizer: { kind: 'sgd', learningRate: 0 }, layers: [{ units: 1 }] };
      const network = regressor(backend, still);
      const { loss } = network.evaluate(x, y);
      const history = await network.fit(inBatches(x, y, [23]), {
        epochs: 3,
        batchSize: 16,
        shuffleBuffer: 64,
      });
      for (const epoch of history.epochs) expect(epoch.loss).toBeCloseTo(loss, 6);
    });

    it('takes class indices', async () => {
      const make = () =>
        new Network({ inputSize: INPUTS, layers: [{ units: 2, activation: 'softmax' }], seed: 1, backend });
      const [whole, parts] = [make(), make()];
      const options = { epochs: 3, batchSize: 10, shuffle: false };
      await whole.fit(x, classes, options);
      await parts.fit(inBatches(x, classes, [17]), options);
      expect(parts.getParameters()).toEqual(whole.getParameters());
    });

    it('calls a function for the batches of each epoch', async () => {
      const asked: number[] = [];
      const source = (epoch: number) => {
        asked.push(epoch);
        return [[x, y] as const];
      };
      await regressor(backend).fit(source, { epochs: 3 });
      expect(asked).toEqual([1, 2, 3]);
    });

    it('ends at a signal, closes its source, and can train again', async () => {
      let closed = 0;
      async function* endless(): AsyncGenerator<Batch> {
        try {
          for (;;) yield [x, y];
        } finally {
          closed++;
        }
      }
      const controller = new AbortController();
      const network = regressor(backend);
      const fit = network.fit(endless, { shuffleBuffer: 64, signal: controller.signal });
      setTimeout(() => controller.abort(), 30);
      await expectRejection(network.fit(x, y), 'ERR_BUSY', 'fit');
      expect(await fit).toEqual({ epochs: [], stoppedBy: 'aborted' });
      expect(closed).toBe(1);
      expect((await network.fit(endless, { shuffleBuffer: 64, maxTimeMs: 30 })).stoppedBy).toBe('maxTime');
      expect(closed).toBe(2);
      expect((await network.fit(x, y)).stoppedBy).toBe('epochs');
    });

    it('ends when it is disposed of', async () => {
      const network = regressor(backend);
      const fit = network.fit(() => inBatches(x, y, [10]), { epochs: 1_000_000 });
      setTimeout(() => network.dispose(), 20);
      expect((await fit).stoppedBy).toBe('aborted');
    });

    it('rejects with the error of its source, or of onEpoch', async () => {
      async function* broken(): AsyncGenerator<Batch> {
        yield [x, y];
        throw new RangeError('the disk is gone');
      }
      const network = regressor(backend);
      await expect(network.fit(broken())).rejects.toThrow('the disk is gone');
      const onEpoch = () => {
        throw new RangeError('enough');
      };
      await expect(network.fit(inBatches(x, y, [9]), { onEpoch })).rejects.toThrow('enough');
      expect((await network.fit(x, y)).stoppedBy).toBe('epochs');
    });

    it('keeps its best epoch if its source fails', async () => {
      const network = regressor(backend, { optimizer: { kind: 'sgd', learningRate: 0.01 } });
      let best: unknown;
      const source = async function* (epoch: number): AsyncGenerator<Batch> {
        // The second epoch teaches the opposite.
        const targets = epoch === 1 ? y : y.map((value) => -value);
        yield [x, targets];
        yield [x, targets];
        if (epoch === 3) throw new RangeError('the disk is gone');
      };
      const options: FitOptions = {
        epochs: 5,
        batchSize: 10,
        shuffleBuffer: 100,
        validationData,
        earlyStopping: {},
        onEpoch: ({ epoch }) => {
          if (epoch === 1) best = network.getParameters();
        },
      };
      await expect(network.fit(source, options)).rejects.toThrow('the disk is gone');
      expect(network.getParameters()).toEqual(best);
    });

    it('says where it diverged, and keeps its best epoch', async () => {
      const network = regressor(backend, { optimizer: { kind: 'sgd', learningRate: 0.01 } });
      let parameters: unknown;
      const options: FitOptions = {
        epochs: 5,
        batchSize: 10,
        shuffleBuffer: 50,
        validationData,
        earlyStopping: {},
        learningRateSchedule: (epoch) => (epoch < 3 ? 0.01 : 1e30),
        onEpoch: ({ epoch }) => {
          if (epoch === 2) parameters = network.getParameters();
        },
      };
      const error = (await expectRejection(
        network.fit(inBatches(x, y, [10]), options),
        'ERR_DIVERGED',
        /in epoch 3, step \d+ .*epoch 2, the best/,
      )) as DivergedError;
      expect(error.history).toMatchObject({ stoppedBy: 'diverged', bestEpoch: 2 });
      expect(network.getParameters()).toEqual(parameters);
    });
  });
}

describe('arguments of a fit on batches', () => {
  const { x, y } = makeData(20);
  const fit = (source: unknown, options: FitOptions = {}) =>
    regressor('reference').fit(source as never, options);

  it('refuses a generator for a second epoch', async () => {
    const once = inBatches(x, y, [5])[Symbol.asyncIterator]();
    await expectRejection(fit(once, { epochs: 2 }), 'ERR_DATA', 'a generator can be read only once');
  });

  it('names the batch that is wrong', async () => {
    const second = (batch: unknown) => fit(() => [[x, y], batch] as never);
    await expectRejection(second([x]), 'ERR_DATA', 'batch 1 (from 0) is an array, expected [x, y]');
    await expectRejection(second(null), 'ERR_DATA', 'batch 1 (from 0) is null');
    await expectRejection(second([x, y.slice(1)]), 'ERR_SHAPE', 'y of batch 1');
    await expectRejection(second([x.map(() => Number.NaN), y]), 'ERR_DATA', 'x of batch 1');
    await expectRejection(
      fit(() => 5 as never),
      'ERR_DATA',
      'returned 5, expected an iterable',
    );
    await expectRejection(
      fit(() => []),
      'ERR_DATA',
      'no batches',
    );
  });

  it('refuses options that need all rows', async () => {
    const source = () => [[x, y]] as never;
    await expectRejection(fit(source, { validationSplit: 0.2 }), 'ERR_OPTION', 'validationData');
    await expectRejection(fit(source, { order: [0, 1] }), 'ERR_OPTION', 'order does not go with batches');
    await expectRejection(fit(source, { sampling: 'replacement' }), 'ERR_OPTION', 'replacement');
    await expectRejection(fit(source, { sampleWeight: y }), 'ERR_OPTION', 'sampleWeight');
    await expectRejection(fit(source, { stepSchedule: () => ({}) }), 'ERR_OPTION', 'rowsPerEpoch');
    await expectRejection(
      regressor('reference').fit(x, y, { shuffleBuffer: 5 }),
      'ERR_OPTION',
      'shuffleBuffer goes with batches',
    );
  });
});
