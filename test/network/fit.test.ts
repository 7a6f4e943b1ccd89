import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';

import type {
  BackendDataset,
  BackendNetwork,
  EpochOutcome,
  FitOutcome,
  FitSpec,
} from '../../src/backend/backend.js';
import {
  Dataset,
  type DivergedError,
  type FitOptions,
  Network,
  type NetworkOptions,
} from '../../src/index.js';
import { type FitData, runFit, splitRows } from '../../src/network/fit.js';
import { resolveFitOptions } from '../../src/network/fit-options.js';
import { resolveNetworkOptions } from '../../src/network/options.js';
import { engines } from './engines.js';
import { expectError, expectRejection } from './errors.js';

describe('resolveFitOptions', () => {
  it('has the defaults of Keras', () => {
    expect(resolveFitOptions({})).toEqual({
      epochs: 1,
      batchSize: 32,
      sampling: 'shuffle',
      validationSplit: 0,
      validationData: null,
      sampleWeight: undefined,
      signal: null,
      onEpoch: null,
    });
  });

  it.each<[FitOptions, string]>([
    [{ shuffle: true }, 'shuffle'],
    [{ shuffle: false }, 'sequential'],
    [{ shuffle: true, sampling: 'shuffle' }, 'shuffle'],
    [{ shuffle: false, sampling: 'replacement' }, 'replacement'],
    [{ sampling: 'replacement' }, 'replacement'],
  ])('makes of %j the sampling %s', (options, sampling) => {
    expect(resolveFitOptions(options).sampling).toBe(sampling);
  });

  it.each<[unknown, string]>([
    [{ epoch: 3 }, "unknown option 'epoch' in the options of fit; did you mean 'epochs'?"],
    [{ batch_size: 3 }, "unknown option 'batch_size' in the options of fit; did you mean 'batchSize'?"],
    [{ epochs: 0 }, 'epochs is 0, expected a whole number from 1'],
    [{ epochs: 1.5 }, 'epochs is 1.5'],
    [{ batchSize: -1 }, 'batchSize is -1'],
    [{ shuffle: 'yes' }, "shuffle is 'yes', expected true or false"],
    [{ sampling: 'shuffled' }, "did you mean 'shuffle'?"],
    [{ shuffle: true, sampling: 'sequential' }, "shuffle true contradicts sampling 'sequential'"],
    [{ shuffle: false, sampling: 'shuffle' }, "shuffle false contradicts sampling 'shuffle'"],
    [{ validationSplit: 1 }, 'validationSplit is 1, expected a number from 0 to below 1'],
    [
      { validationSplit: 0.1, validationData: [[1], [1]] },
      'validationSplit and validationData are both given',
    ],
    [{ validationData: [[1]] }, 'validationData is an array, expected [x, y] or a Dataset'],
    [{ signal: {} }, 'signal is an object, expected an AbortSignal'],
    [{ signal: null }, 'signal is null, expected an AbortSignal'],
    [{ onEpoch: 3 }, 'onEpoch is 3, expected a function'],
    [32, 'the options of fit is 32, expected an object'],
  ])('refuses %j', (options, message) => {
    expectError(() => resolveFitOptions(options), 'ERR_OPTION', message);
  });
});

describe('splitRows', () => {
  it('puts each row in one of two parts, both in the order of the data', () => {
    const { trainingRows, validationRows } = splitRows(100, 0.25, 1);
    expect(validationRows).toHaveLength(25);
    const all = [...(trainingRows ?? []), ...(validationRows ?? [])];
    expect([...all].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, row) => row));
    expect(trainingRows).toEqual(trainingRows?.slice().sort());
    expect(validationRows).toEqual(validationRows?.slice().sort());
  });

  it('draws the rows from the seed', () => {
    expect(splitRows(100, 0.25, 1)).toEqual(splitRows(100, 0.25, 1));
    expect(splitRows(100, 0.25, 2)).not.toEqual(splitRows(100, 0.25, 1));
  });

  it('leaves no part empty', () => {
    expect(splitRows(2, 0.5, 1).trainingRows).toHaveLength(1);
    expectError(
      () => splitRows(4, 0.1, 1),
      'ERR_OPTION',
      'validationSplit 0.1 of 4 rows leaves none to validate on',
    );
    expectError(
      () => splitRows(1, 0.9, 1),
      'ERR_OPTION',
      'validationSplit 0.9 of 1 rows leaves none to train on',
    );
  });
});

describe('runFit', () => {
  const { spec } = resolveNetworkOptions({ inputSize: 1, layers: [{ units: 1 }], optimizer: 'sgd' });
  const identity = { spec, seed: 5 };
  const dataset = (rows: number): BackendDataset => ({ rows, dispose() {} });

  /** A network that has its fit end as it is told, and keeps what it was asked for. */
  function scripted(
    outcomes: EpochOutcome[],
    end: FitOutcome,
  ): { network: BackendNetwork; asked: FitSpec[] } {
    const asked: FitSpec[] = [];
    const fit: BackendNetwork['fit'] = (_, fitSpec, onEpoch) => {
      asked.push(fitSpec);
      const done = Promise.resolve().then(() => {
        outcomes.forEach(onEpoch);
        return end;
      });
      return { done, stop() {} };
    };
    return { network: { fit } as Partial<BackendNetwork> as BackendNetwork, asked };
  }

  const run = (network: BackendNetwork, data: FitData, options: FitOptions) =>
    runFit(network, identity, data, resolveFitOptions(options), () => {});

  it('asks the engine for all rows without validation', async () => {
    const { network, asked } = scripted([], { stoppedBy: 'epochs' });
    const data = { training: dataset(20), validation: null };
    await run(network, data, { epochs: 3, shuffle: false });
    expect(asked).toEqual([
      { epochs: 3, batchSize: 20, sampling: 'sequential', seed: 5, trainingRows: null, validation: null },
    ]);
  });

  it('asks the engine to hold rows back, and clips the batch to the others', async () => {
    const { network, asked } = scripted([], { stoppedBy: 'epochs' });
    const data = { training: dataset(20), validation: null };
    await run(network, data, { validationSplit: 0.2 });
    const { trainingRows, validationRows } = splitRows(20, 0.2, 5);
    expect(asked[0]).toMatchObject({ batchSize: 16, trainingRows });
    expect(asked[0].validation).toEqual({ dataset: data.training, rows: validationRows });
  });

  it('asks the engine to validate on other data', async () => {
    const { network, asked } = scripted([], { stoppedBy: 'epochs' });
    const data = { training: dataset(20), validation: dataset(7) };
    await run(network, data, {});
    expect(asked[0].trainingRows).toBeNull();
    expect(asked[0].validation).toEqual({ dataset: data.validation, rows: null });
  });

  it('makes records of what the engine reports', async () => {
    const { network } = scripted(
      [
        { epoch: 1, loss: 2, seconds: 0.5, samples: 20 },
        { epoch: 2, loss: 1, validationLoss: 3, validationAccuracy: 0.5, seconds: 0, samples: 20 },
      ],
      { stoppedBy: 'aborted' },
    );
    const history = await run(network, { training: dataset(20), validation: null }, {});
    expect(history).toEqual({
      epochs: [
        { epoch: 1, loss: 2, metrics: {}, seconds: 0.5, samplesPerSecond: 40 },
        {
          epoch: 2,
          loss: 1,
          validationLoss: 3,
          metrics: { validationAccuracy: 0.5 },
          seconds: 0,
          samplesPerSecond: 20e9,
        },
      ],
      stoppedBy: 'aborted',
    });
  });

  it('rejects where the loss diverged, with the history so far and what to try', async () => {
    const { network } = scripted([{ epoch: 1, loss: 123.5, seconds: 1, samples: 20 }], {
      stoppedBy: 'diverged',
      divergedAt: { epoch: 2, step: 7 },
    });
    const error = await expectRejection(
      run(network, { training: dataset(20), validation: null }, {}),
      'ERR_DIVERGED',
      /'mse' became NaN or infinite in epoch 2, step 7 \(123\.5 in the .*learning rate \(0\.001\).*scaled/,
    );
    const { history } = error as DivergedError;
    expect(history.stoppedBy).toBe('diverged');
    expect(history.epochs).toHaveLength(1);
  });
});

describe.each(engines)('fit on the %s engine', (backend) => {
  const rows = 64;
  const x = Float32Array.from({ length: rows * 3 }, (_, i) => Math.sin(i * i));
  const y = Int32Array.from({ length: rows }, (_, row) => (x[3 * row] > 0 ? 1 : 0));

  const create = (changes: Partial<NetworkOptions> = {}) =>
    new Network({
      inputSize: 3,
      layers: [
        { units: 8, activation: 'tanh' },
        { units: 2, activation: 'softmax' },
      ],
      optimizer: { kind: 'adam', learningRate: 0.02 },
      seed: 3,
      threads: 1,
      backend,
      ...changes,
    });

  it('learns, and tells how it went', async () => {
    const records: unknown[] = [];
    const net = create();
    const history = await net.fit(x, y, {
      epochs: 30,
      batchSize: 10,
      validationSplit: 0.25,
      onEpoch: (record) => records.push(record),
    });
    expect(history.stoppedBy).toBe('epochs');
    expect(history.epochs.map(({ epoch }) => epoch)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
    expect(records).toEqual(history.epochs);
    const [first, last] = [history.epochs[0], history.epochs[29]];
    expect(last.loss).toBeLessThan(0.5 * first.loss);
    expect(last.validationLoss).toBeGreaterThan(0);
    expect(last.metrics.validationAccuracy).toBeGreaterThanOrEqual(0.5);
    expect(last.samplesPerSecond).toBeGreaterThan(0);
    expect(net.evaluate(x, y).accuracy).toBeGreaterThan(0.9);
  });

  it('does the same twice with the same seed, and for a Dataset as for arrays', async () => {
    const trained = async (...data: [Dataset] | [Float32Array, Int32Array]) => {
      const net = create();
      const options = { epochs: 3, validationSplit: 0.2 };
      await (data.length === 1 ? net.fit(data[0], options) : net.fit(data[0], data[1], options));
      return net.getParameters();
    };
    const first = await trained(x, y);
    expect(await trained(x, y)).toEqual(first);
    expect(await trained(new Dataset(x, y, { inputSize: 3 }))).toEqual(first);
  });

  it('does not see changes of the data after the call', async () => {
    const [expected, net] = [create(), create()];
    await expected.fit(x, y, { epochs: 3, sampleWeight: new Float32Array(rows).fill(2) });
    const [ownX, ownY, weights] = [x.slice(), y.slice(), new Float32Array(rows).fill(2)];
    const fitting = net.fit(ownX, ownY, { epochs: 3, sampleWeight: weights });
    ownX.fill(Number.NaN);
    ownY.fill(9);
    weights.fill(0);
    await fitting;
    expect(net.getParameters()).toEqual(expected.getParameters());
  });

  it('takes validation data', async () => {
    const net = create();
    const held = new Dataset(x.slice(0, 30), y.slice(0, 10), { inputSize: 3 });
    for (const validationData of [held, [x.slice(0, 30), y.slice(0, 10)] as const]) {
      const { epochs } = await net.fit(x, y, { validationData });
      const { loss, accuracy } = net.evaluate(held);
      expect(epochs[0].validationLoss).toBeCloseTo(loss, 5);
      expect(epochs[0].metrics.validationAccuracy).toBeCloseTo(accuracy ?? Number.NaN, 12);
    }
    await expectRejection(
      net.fit(x, y, { validationData: [x.slice(0, 30), y] }),
      'ERR_SHAPE',
      'validationData[1] has 64 values, expected 10',
    );
  });

  it('takes no step when the signal was aborted before', async () => {
    const net = create();
    const before = net.getParameters();
    const history = await net.fit(x, y, { epochs: 5, signal: AbortSignal.abort() });
    expect(history).toEqual({ epochs: [], stoppedBy: 'aborted' });
    expect(net.getParameters()).toEqual(before);
  });

  it('ends when the signal is aborted and leaves no listener on it', async () => {
    const controller = new AbortController();
    const net = create();
    const before = net.getParameters();
    const history = await net.fit(x, y, {
      epochs: 200_000,
      signal: controller.signal,
      onEpoch: ({ epoch }) => {
        if (epoch === 3) controller.abort();
      },
    });
    expect(history.stoppedBy).toBe('aborted');
    expect(history.epochs.length).toBeGreaterThanOrEqual(3);
    expect(net.getParameters()).not.toEqual(before);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });

  it('ends and rejects with what onEpoch throws', async () => {
    const controller = new AbortController();
    const net = create();
    const fault = new Error('thrown by the callback');
    const fitting = net.fit(x, y, {
      epochs: 200_000,
      signal: controller.signal,
      onEpoch: () => {
        throw fault;
      },
    });
    await expect(fitting).rejects.toBe(fault);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    expect((await net.fit(x, y)).stoppedBy).toBe('epochs');
  });

  it('rejects, and never throws', async () => {
    const net = create();
    const fit = net.fit.bind(net) as (...args: unknown[]) => Promise<unknown>;
    await expectRejection(fit(), 'ERR_DATA', 'x is undefined');
    await expectRejection(fit(x), 'ERR_DATA', 'y is undefined');
    await expectRejection(fit(x, y, { epoch: 1 }), 'ERR_OPTION', "did you mean 'epochs'?");
    await expectRejection(fit(x, y.slice(1)), 'ERR_SHAPE', 'y has 63 values');
    const dataset = new Dataset(x, y, { inputSize: 3 });
    await expectRejection(
      fit(dataset, y),
      'ERR_OPTION',
      'the options of fit is an object of type Int32Array',
    );
    await expectRejection(fit(dataset, undefined, {}), 'ERR_OPTION', 'options is given beside a Dataset');
    const weighted = { sampleWeight: new Float32Array(rows).fill(1) };
    await expectRejection(fit(dataset, weighted), 'ERR_OPTION', 'sampleWeight is given beside a Dataset');
  });

  it('has the network for itself, but lets it be read', async () => {
    const net = create();
    const fitting = net.fit(x, y, { epochs: 20 });
    await expectRejection(net.fit(x, y), 'ERR_BUSY', 'fit was called while fit trains the network');
    await expectRejection(net.save('never.safetensors'), 'ERR_BUSY', 'save was called while fit trains');
    expectError(() => net.trainBatch(x, y), 'ERR_BUSY', 'trainBatch was called while');
    expectError(() => net.setParameters(net.getParameters()), 'ERR_BUSY', 'setParameters was called while');
    expect(net.predict(x)).toHaveLength(rows * 2);
    expect(await net.predictAsync(x)).toHaveLength(rows * 2);
    expect(net.evaluate(x, y).loss).toBeGreaterThan(0);
    expect(net.lossAndGradients(x, y).loss).toBeGreaterThan(0);
    await fitting;
    expect(net.trainBatch(x, y)).toBeGreaterThan(0);
  });

  it('stops when the network is disposed of', async () => {
    const net = create();
    const fitting = net.fit(x, y, { epochs: 200_000 });
    net.dispose();
    expect((await fitting).stoppedBy).toBe('aborted');
    expectError(() => net.predict(x), 'ERR_DISPOSED', 'the network was disposed of');
  });

  it('rejects where the loss diverges', async () => {
    const net = create({
      layers: [{ units: 1 }],
      optimizer: { kind: 'sgd', learningRate: 1e20 },
    });
    const values = Float32Array.from({ length: rows }, (_, row) => row);
    const error = await expectRejection(
      net.fit(x, values, { epochs: 50 }),
      'ERR_DIVERGED',
      /in epoch \d+, step \d/,
    );
    expect((error as DivergedError).history.stoppedBy).toBe('diverged');
  });
});
