import { getEventListeners } from 'node:events';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { splitRows } from '../../src/data/row-choice.js';
import type { Task } from '../../src/data/targets.js';
import type {
  BackendDataset,
  BackendNetwork,
  EpochOutcome,
  FitOutcome,
  FitSpec,
} from '../../src/engine/contract.js';
import {
  Dataset,
  type DivergedError,
  type FitOptions,
  Network,
  type NetworkOptions,
} from '../../src/index.js';
import { runFit } from '../../src/network/fit.js';
import type { FitData } from '../../src/network/fit-data.js';
import { resolveFitOptions } from '../../src/network/fit-options.js';
import { resolveNetworkOptions } from '../../src/options/network.js';
import { engines } from '../engines.js';
import { expectError, expectRejection } from '../errors.js';

describe('runFit', () => {
  const { spec } = resolveNetworkOptions({
    inputSize: 1,
    layers: [{ units: 1 }],
    optimizer: 'sgd',
    seed: 5,
  });
  const task: Task = { inputSize: 1, outputs: 1, loss: 'mse' };
  const dataset = (rows: number): BackendDataset => ({ rows, dispose() {} });

  /** Data to train on, and to validate on, with nothing held out. */
  const fitData = (rows: number, changes: Partial<FitData> = {}): FitData => ({
    training: dataset(rows),
    validation: null,
    rows: splitRows(rows, 0, 5),
    magnitude: { x: 1, y: 1 },
    ...changes,
  });

  /** A network whose fit ends as prescribed, and which records what it was asked for. */
  function scripted(
    outcomes: Omit<EpochOutcome, 'learningRate'>[],
    ending: FitOutcome,
  ): { network: BackendNetwork; asked: FitSpec[] } {
    const asked: FitSpec[] = [];
    const network: Partial<BackendNetwork> = {
      fit: (_, fitSpec, onEpoch) => {
        asked.push(fitSpec);
        const done = Promise.resolve().then(() => {
          for (const outcome of outcomes) onEpoch({ learningRate: 0.001, ...outcome });
          return ending;
        });
        return { done, stop() {}, pause() {} };
      },
      getParameters: () => Float32Array.of(1, 0),
    };
    return { network: network as BackendNetwork, asked };
  }

  const run = (network: BackendNetwork, data: FitData, options: FitOptions) =>
    runFit(network, spec, data, resolveFitOptions(options, task), () => {});

  it('asks the engine for all rows and no more without other options', async () => {
    const { network, asked } = scripted([], { stoppedBy: 'epochs', state: null });
    await run(network, fitData(20), { epochs: 3, shuffle: false });
    expect(asked).toEqual([
      {
        epochs: 3,
        pauseAfter: 0,
        resume: null,
        batchSize: 20,
        sampling: 'sequential',
        seed: 5,
        trainingRows: null,
        order: null,
        validation: null,
        learningRates: null,
        schedule: null,
        dropLast: false,
        plateau: null,
        earlyStopping: null,
        functionTolerance: 0,
        gradientTolerance: 0,
        maxTimeMs: Infinity,
        statistics: false,
      },
    ]);
  });

  it('asks the engine to hold rows back, and clips the batch to the others', async () => {
    const { network, asked } = scripted([], { stoppedBy: 'epochs', state: null });
    const data = fitData(20, { rows: splitRows(20, 0.2, 5) });
    await run(network, data, {});
    const { trainingRows, validationRows } = data.rows;
    expect(asked[0]).toMatchObject({ batchSize: 16, trainingRows });
    expect(asked[0].validation).toEqual({ dataset: data.training, rows: validationRows });
  });

  it('asks the engine to validate on other data', async () => {
    const { network, asked } = scripted([], { stoppedBy: 'epochs', state: null });
    const data = fitData(20, { validation: dataset(7) });
    await run(network, data, {});
    expect(asked[0].trainingRows).toBeNull();
    expect(asked[0].validation).toEqual({ dataset: data.validation, rows: null });
  });

  it('asks the engine for an order, a schedule and ends of all kinds', async () => {
    const { network, asked } = scripted([], { stoppedBy: 'epochs', state: null });
    const order = { rows: Uint32Array.of(3, 1, 2), rowsPerEpoch: 3 };
    const data = fitData(20, { rows: { trainingRows: null, validationRows: null, order } });
    await run(network, data, {
      epochs: 2,
      learningRateSchedule: { kind: 'exponential', decay: 0.5 },
      earlyStopping: { monitor: 'loss', patience: 3, minDelta: 0.1, restoreBest: false },
      convergence: { functionTolerance: 0.1, gradientTolerance: 0.2 },
      maxTimeMs: 1000,
      statistics: true,
    });
    expect(asked[0]).toMatchObject({
      batchSize: 3,
      trainingRows: null,
      order,
      learningRates: Float64Array.of(0.001, 0.0005),
      earlyStopping: { monitor: 'loss', patience: 3, minDelta: 0.1, restoreBest: false },
      functionTolerance: 0.1,
      gradientTolerance: 0.2,
      maxTimeMs: 1000,
      statistics: true,
    });
  });

  it("turns the engine's reports into records", async () => {
    const layers = [{ saturated: 0, dead: 0, gradientNorm: 1, weightNorm: 1, updateRatio: 0.9 }];
    const { network } = scripted(
      [
        { epoch: 1, loss: 2, seconds: 0.5, samples: 20 },
        { epoch: 2, loss: 1, validationLoss: 3, validationAccuracy: 0.5, seconds: 0, samples: 20 },
        { epoch: 3, loss: 1, gradientNorm: 0.5, layers, seconds: 1, samples: 20 },
      ],
      { stoppedBy: 'converged', state: null, bestEpoch: 2 },
    );
    const history = await run(network, fitData(20), {});
    expect(history).toEqual({
      epochs: [
        { epoch: 1, loss: 2, learningRate: 0.001, metrics: {}, seconds: 0.5, samplesPerSecond: 40 },
        {
          epoch: 2,
          loss: 1,
          validationLoss: 3,
          learningRate: 0.001,
          metrics: { validationAccuracy: 0.5 },
          seconds: 0,
          samplesPerSecond: 20e9,
        },
        {
          epoch: 3,
          loss: 1,
          learningRate: 0.001,
          gradientNorm: 0.5,
          layers,
          findings: [expect.stringMatching(/^Large steps: .* 90% of its norm\..*\(0\.001\)/)],
          metrics: {},
          seconds: 1,
          samplesPerSecond: 20,
        },
      ],
      stoppedBy: 'converged',
      bestEpoch: 2,
    });
  });

  it('rejects if the loss diverged, with the history so far and what to try', async () => {
    const { network } = scripted([{ epoch: 1, loss: 123.5, seconds: 1, samples: 20 }], {
      stoppedBy: 'diverged',
      divergedAt: { epoch: 2, step: 7 },
      state: null,
    });
    const error = await expectRejection(
      run(network, fitData(20), {}),
      'ERR_DIVERGED',
      /'mse' was NaN or infinite in epoch 2, step 7 \(123\.5 in the .*learning rate \(0\.001\) is too/,
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

  it('learns, and reports its results', async () => {
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

  it('takes no step if the signal is already aborted', async () => {
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

  it('ends and rejects with the error that onEpoch throws', async () => {
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

  it('ends and rejects with the error of a promise from onEpoch, and does not call it again', async () => {
    const net = create();
    const fault = new Error('rejected by the callback');
    let calls = 0;
    const fitting = net.fit(x, y, {
      epochs: 200_000,
      onEpoch: async () => {
        calls++;
        await setImmediate();
        throw fault;
      },
    });
    await expect(fitting).rejects.toBe(fault);
    const callsOfFit = calls;
    expect((await net.fit(x, y)).stoppedBy).toBe('epochs');
    expect(calls).toBe(callsOfFit);
  });

  it('resolves after the promises of onEpoch', async () => {
    let done = 0;
    const onEpoch = async () => {
      await sleep(20);
      done++;
    };
    await create().fit(x, y, { epochs: 3, onEpoch });
    expect(done).toBe(3);
    const late = new Error('rejected after the last epoch');
    const rejecting = create().fit(x, y, { onEpoch: () => sleep(20).then(() => Promise.reject(late)) });
    await expect(rejecting).rejects.toBe(late);
  });

  it('rejects, and never throws', async () => {
    const net = create();
    const fit = net.fit.bind(net) as (...args: unknown[]) => Promise<unknown>;
    await expectRejection(fit(), 'ERR_DATA', 'x is undefined');
    await expectRejection(fit(x), 'ERR_DATA', 'y is undefined');
    await expectRejection(fit(x, y, { epoch: 1 }), 'ERR_OPTION', "did you mean 'epochs'?");
    await expectRejection(fit(x, y.slice(1)), 'ERR_SHAPE', 'y has 63 values');
    const dataset = new Dataset(x, y, { inputSize: 3 });
    for (const options of [undefined, { epochs: 1 }]) {
      await expectRejection(fit(dataset, y, options), 'ERR_OPTION', 'y is given beside a Dataset');
    }
    await expectRejection(
      fit(dataset, undefined, {}),
      'ERR_OPTION',
      'a third argument is given with a Dataset',
    );
    await expectRejection(fit(dataset, 3), 'ERR_OPTION', 'the options of fit are 3, expected an object');
    const weighted = { sampleWeight: new Float32Array(rows).fill(1) };
    await expectRejection(fit(dataset, weighted), 'ERR_OPTION', 'sampleWeight is given beside a Dataset');
  });

  it('allows reading the network, not changing it', async () => {
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

  it('rejects if the loss diverges', async () => {
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
