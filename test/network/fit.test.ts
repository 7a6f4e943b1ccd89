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
import { toEpochRow } from '../../src/engine/epoch-rows.js';
import { referenceBackend } from '../../src/engine/reference/index.js';
import type { DivergedError, FitOptions } from '../../src/index.js';
import { runFit } from '../../src/network/fit.js';
import type { FitData } from '../../src/network/fit-data.js';
import { resolveFitOptions } from '../../src/network/training-options.js';
import { resolveNetworkOptions } from '../../src/options/network.js';
import { fitSpec } from '../conformance/networks.js';
import { expectRejection } from '../errors.js';

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
    digests: null,
    ...changes,
  });

  /** A network whose fit ends as prescribed, and which records what it was asked for. */
  function scripted(
    outcomes: Omit<EpochOutcome, 'learningRate'>[],
    ending: FitOutcome,
  ): { network: BackendNetwork; asked: FitSpec[] } {
    const asked: FitSpec[] = [];
    const network: Partial<BackendNetwork> = {
      fit: (_, spec, onEpochs) => {
        asked.push(spec);
        const done = Promise.resolve().then(() => {
          for (const outcome of outcomes) onEpochs(toEpochRow({ learningRate: 0.001, ...outcome }));
          return ending;
        });
        return { done, stop() {}, pause() {} };
      },
      getParameters: () => Float32Array.of(1, 0),
    };
    return { network: network as BackendNetwork, asked };
  }

  const run = (network: BackendNetwork, data: FitData, options: FitOptions) =>
    runFit(
      { engine: network, spec, backend: referenceBackend },
      data,
      resolveFitOptions(options, task),
      null,
      () => {},
    );

  it('asks the engine for all rows and no more without other options', async () => {
    const { network, asked } = scripted([], { stoppedBy: 'epochs', state: null });
    await run(network, fitData(20), { epochs: 3, shuffle: false });
    expect(asked).toEqual([fitSpec({ epochs: 3, batchSize: 20, seed: 5, waitsForListener: false })]);
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

  describe("turns the engine's reports into records", () => {
    const ending = { stoppedBy: 'converged', state: null, bestEpoch: 1 } as const;
    const common = { epoch: 1, loss: 2, samples: 20 };

    it('of a plain fit', async () => {
      const { network } = scripted([{ ...common, seconds: 0.5 }], ending);
      expect(await run(network, fitData(20), {})).toEqual({
        epochs: [{ epoch: 1, loss: 2, learningRate: 0.001, metrics: {}, seconds: 0.5, samplesPerSecond: 40 }],
        stoppedBy: 'converged',
        bestEpoch: 1,
      });
    });

    it('of a fit with a validation', async () => {
      const validated = { ...common, validationLoss: 3, validationAccuracy: 0.5, seconds: 0 };
      const { network } = scripted([validated], ending);
      const { epochs } = await run(network, fitData(20, { validation: dataset(4) }), {});
      expect(epochs).toEqual([
        {
          epoch: 1,
          loss: 2,
          validationLoss: 3,
          learningRate: 0.001,
          metrics: { validationAccuracy: 0.5 },
          seconds: 0,
          samplesPerSecond: 20e9,
        },
      ]);
    });

    it('of a fit whose validation loss is not a number: it says so', async () => {
      const { network } = scripted([{ ...common, validationLoss: Number.NaN, seconds: 1 }], ending);
      const { epochs } = await run(network, fitData(20, { validation: dataset(4) }), {});
      expect(epochs[0].validationLoss).toBeNaN();
    });

    it('of a fit with statistics', async () => {
      const layers = [{ saturated: 0, dead: 0, gradientNorm: 1, weightNorm: 1, updateRatio: 0.9 }];
      const { network } = scripted([{ ...common, gradientNorm: 0.5, layers, seconds: 1 }], ending);
      const { epochs } = await run(network, fitData(20), { statistics: true });
      expect(epochs).toEqual([
        {
          epoch: 1,
          loss: 2,
          learningRate: 0.001,
          gradientNorm: 0.5,
          layers,
          findings: [expect.stringMatching(/^Large steps: .* 90% of its norm\..*\(0\.001\)/)],
          metrics: {},
          seconds: 1,
          samplesPerSecond: 20,
        },
      ]);
    });
  });

  it('rejects if the loss diverged, with the history so far and what to try', async () => {
    const { network } = scripted([{ epoch: 1, loss: 123.5, seconds: 1, samples: 20 }], {
      stoppedBy: 'diverged',
      divergedAt: { epoch: 2, step: 7, fault: { kind: 'loss', layer: 0 } },
      state: null,
    });
    const error = await expectRejection(
      run(network, fitData(20), {}),
      'ERR_DIVERGED',
      /'mse' was NaN or infinite in epoch 2, step 7 \(loss 123\.5 in the .*learning rate \(0\.001\) is too/,
    );
    const { history } = error as DivergedError;
    expect(history.stoppedBy).toBe('diverged');
    expect(history.epochs).toHaveLength(1);
  });
});
