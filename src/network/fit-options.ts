import type { Sampling } from '../backend/backend.js';
import { ChainruleError } from '../error.js';
import { Dataset } from './dataset.js';
import { defaults } from './defaults.js';
import type { EpochRecord } from './fit.js';
import type { Inputs } from './inputs.js';
import { boolean, integer, number, oneOf, optional, optionsObject, unexpected } from './option-checks.js';
import type { SampleOptions } from './samples.js';
import type { Targets } from './targets.js';

/** How to train. */
export interface FitOptions extends SampleOptions {
  /** Passes over the data. Default 1. */
  epochs?: number | undefined;
  /** Rows of a step; the last step of an epoch may have fewer. At most all rows are taken. Default 32. */
  batchSize?: number | undefined;
  /** Whether the rows are shuffled before each epoch. Default true, unless `sampling` says otherwise. */
  shuffle?: boolean | undefined;
  /**
   * 'shuffle' (the default) goes through all rows in a new order each epoch, 'sequential' in the order of
   * the data; 'replacement' draws every row of every batch anew from all rows.
   */
  sampling?: Sampling | undefined;
  /** Share of the rows, drawn from the seed, to validate on and not to train on; in [0, 1). Default 0. */
  validationSplit?: number | undefined;
  /** Data to validate on after each epoch; not together with `validationSplit`. */
  validationData?: readonly [x: Inputs, y: Targets] | Dataset | undefined;
  /** Ends the fit at the next step when it is aborted; the weights so far are kept. */
  signal?: AbortSignal | undefined;
  /** Called after each epoch. If it throws, the fit ends and rejects with what was thrown. */
  onEpoch?: ((record: EpochRecord) => void) | undefined;
}

/** `FitOptions` checked, with every default filled in; the data in it is still to be checked. */
export interface ResolvedFitOptions {
  epochs: number;
  batchSize: number;
  sampling: Sampling;
  validationSplit: number;
  /** x may be a Dataset, without y beside it. */
  validationData: { x: unknown; y: unknown } | null;
  sampleWeight: unknown;
  signal: AbortSignal | null;
  onEpoch: ((record: EpochRecord) => void) | null;
}

const FIT_FIELDS = [
  'epochs',
  'batchSize',
  'shuffle',
  'sampling',
  'validationSplit',
  'validationData',
  'sampleWeight',
  'signal',
  'onEpoch',
] as const satisfies (keyof FitOptions)[];

const count = integer(1, 2 ** 31 - 1);
const share = number('a number from 0 to below 1', (value) => value >= 0 && value < 1);
const samplingName = oneOf<Sampling>(['shuffle', 'sequential', 'replacement']);

/** Checks the options of a fit and fills in the defaults. Throws ERR_OPTION. */
export function resolveFitOptions(value: unknown): ResolvedFitOptions {
  const options = optionsObject(value, FIT_FIELDS, 'the options of fit');
  const validationSplit = optional(
    options.validationSplit,
    'validationSplit',
    share,
    defaults.fit.validationSplit,
  );
  const validationData = optional(options.validationData, 'validationData', dataPair, null);
  if (validationSplit > 0 && validationData !== null) {
    throw new ChainruleError(
      'ERR_OPTION',
      'validationSplit and validationData are both given, expected one of them',
    );
  }
  return {
    epochs: optional(options.epochs, 'epochs', count, defaults.fit.epochs),
    batchSize: optional(options.batchSize, 'batchSize', count, defaults.fit.batchSize),
    sampling: resolveSampling(options.shuffle, options.sampling),
    validationSplit,
    validationData,
    sampleWeight: options.sampleWeight,
    signal: optional(options.signal, 'signal', abortSignal, null),
    onEpoch: optional(options.onEpoch, 'onEpoch', callback, null),
  };
}

function resolveSampling(shuffleOption: unknown, samplingOption: unknown): Sampling {
  const shuffle = optional(shuffleOption, 'shuffle', boolean, undefined);
  const sampling = optional(samplingOption, 'sampling', samplingName, undefined);
  if (sampling === undefined) return shuffle === false ? 'sequential' : defaults.fit.sampling;
  if (shuffle !== undefined && shuffle !== (sampling === 'shuffle')) {
    throw new ChainruleError(
      'ERR_OPTION',
      `shuffle ${shuffle} contradicts sampling '${sampling}', expected one of them alone`,
    );
  }
  return sampling;
}

function dataPair(value: unknown, name: string): { x: unknown; y: unknown } {
  if (value instanceof Dataset) return { x: value, y: undefined };
  if (!Array.isArray(value) || value.length !== 2) throw unexpected(name, value, '[x, y] or a Dataset');
  return { x: value[0], y: value[1] };
}

function abortSignal(value: unknown, name: string): AbortSignal {
  if (!(value instanceof AbortSignal)) throw unexpected(name, value, 'an AbortSignal');
  return value;
}

function callback(value: unknown, name: string): (record: EpochRecord) => void {
  if (typeof value !== 'function') throw unexpected(name, value, 'a function');
  return value as (record: EpochRecord) => void;
}
