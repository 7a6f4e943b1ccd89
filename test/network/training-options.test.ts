import { describe, expect, it } from 'vitest';
import type { Task } from '../../src/data/targets.js';
import type { FitOptions } from '../../src/index.js';
import { resolveFitOptions } from '../../src/network/training-options.js';
import { expectError } from '../errors.js';

const classify: Task = { inputSize: 2, outputs: 3, loss: 'crossEntropy' };
const regress: Task = { inputSize: 2, outputs: 1, loss: 'mse' };

describe('resolveFitOptions', () => {
  it('has the defaults of Keras', () => {
    expect(resolveFitOptions({}, classify)).toEqual({
      epochs: 1,
      batchSize: 32,
      sampling: 'shuffle',
      order: null,
      sampleWeight: undefined,
      classWeight: null,
      schedule: null,
      stepSchedule: null,
      dropLast: false,
      validationSplit: 0,
      validationData: null,
      shuffleBuffer: null,
      rowsPerEpoch: null,
      earlyStopping: null,
      functionTolerance: 0,
      gradientTolerance: 0,
      maxTimeMs: Infinity,
      statistics: false,
      historyLimit: 2 ** 20,
      checkpoints: null,
      signal: null,
      onEpoch: null,
      onNonFinite: 'error',
    });
  });

  it.each<[FitOptions, string]>([
    [{ shuffle: true }, 'shuffle'],
    [{ shuffle: false }, 'sequential'],
    [{ shuffle: true, sampling: 'shuffle' }, 'shuffle'],
    [{ shuffle: false, sampling: 'replacement' }, 'replacement'],
    [{ sampling: 'replacement' }, 'replacement'],
  ])('turns %j into the sampling %s', (options, sampling) => {
    expect(resolveFitOptions(options, classify).sampling).toBe(sampling);
  });

  it('fills in the defaults of early stopping', () => {
    const { earlyStopping } = resolveFitOptions({ earlyStopping: {}, validationSplit: 0.1 }, classify);
    expect(earlyStopping).toEqual({
      monitor: 'validationLoss',
      patience: 10,
      minDelta: 0,
      restoreBest: true,
      lastOfTies: false,
    });
  });

  it('accepts a single tolerance', () => {
    const { functionTolerance, gradientTolerance } = resolveFitOptions(
      { convergence: { gradientTolerance: 1e-3 } },
      classify,
    );
    expect([functionTolerance, gradientTolerance]).toEqual([0, 1e-3]);
  });

  it('accepts an order, even together with shuffle: false', () => {
    const order = [1, 0];
    expect(resolveFitOptions({ order, shuffle: false }, classify).order).toBe(order);
  });

  it.each<[unknown, Task, string]>([
    [
      { earlyStopping: {} },
      classify,
      "earlyStopping watches 'validationLoss', which needs validationSplit or",
    ],
    [
      { earlyStopping: { monitor: 'validationAccuracy' }, validationSplit: 0.1 },
      regress,
      "earlyStopping watches 'validationAccuracy', which loss 'mse' does not have; use monitor",
    ],
    [
      { earlyStopping: { monitor: 'val_loss' } },
      classify,
      "earlyStopping.monitor is 'val_loss', expected one",
    ],
    [{ earlyStopping: { patience: -1, monitor: 'loss' } }, classify, 'earlyStopping.patience is -1'],
    [{ earlyStopping: { minDelta: -1, monitor: 'loss' } }, classify, 'earlyStopping.minDelta is -1'],
    [{ earlyStopping: { restoreBest: 1, monitor: 'loss' } }, classify, 'earlyStopping.restoreBest is 1'],
    [{ earlyStopping: { patient: 1 } }, classify, "unknown option 'patient' in earlyStopping; did you mean"],
    [
      { convergence: {} },
      classify,
      'convergence has neither functionTolerance nor gradientTolerance above 0',
    ],
    [{ convergence: { functionTolerance: -1 } }, classify, 'convergence.functionTolerance is -1'],
    [{ convergence: { tolerance: 1 } }, classify, "unknown option 'tolerance' in convergence"],
    [{ maxTimeMs: 0 }, classify, 'maxTimeMs is 0, expected a number above 0'],
    [{ statistics: 'yes' }, classify, "statistics is 'yes', expected true or false"],
    [{ order: [0], sampling: 'sequential' }, classify, 'order and sampling are both given'],
    [{ order: [0], shuffle: true }, classify, 'order and shuffle are both given'],
    [{ order: [0], validationSplit: 0.1 }, classify, 'order and validationSplit are both given'],
    [{ order: 3 }, classify, 'order is 3, expected an array of rows or a function of the epoch'],
    [{ classWeight: 'balance' }, classify, "classWeight is 'balance', expected 'balanced' or an object"],
    [{ learningRateSchedule: 'cosin' }, classify, "did you mean 'cosine'?"],
    [
      { learningRateSchedule: 'plateau' },
      classify,
      "learningRateSchedule watches 'validationLoss', which needs validationSplit or validationData",
    ],
  ])('refuses %j', (options, task, message) => {
    expectError(() => resolveFitOptions(options, task), 'ERR_OPTION', message);
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
    [32, 'the options of fit are 32, expected an object'],
  ])('refuses %j', (options, message) => {
    expectError(() => resolveFitOptions(options, classify), 'ERR_OPTION', message);
  });
});
