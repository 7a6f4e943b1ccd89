/**
 * One checkpoint as a safetensors file: for each fit '0.parameters', '0.optimizer.firstMoment', with early stopping
 * '0.best.parameters' and so on, all flat, and '0.history'; the rest is JSON in the metadata.
 */

import type { FitState, OptimizerState } from '../engine/contract.js';
import { epochRowWidth } from '../engine/epoch-rows.js';
import { ChainruleError } from '../error.js';
import type { FileSystem } from '../formats/file-system.js';
import { checkingFile, checkVersion, readDescribed, refuseOtherTensors } from '../formats/model-file.js';
import { type Tensor, writeSafetensors } from '../formats/safetensors.js';
import { firstNonFinite } from '../numbers/finite.js';
import {
  boolean,
  type Check,
  integer,
  nullable,
  oneOf,
  optional,
  optionsObject,
  unexpected,
} from '../options/checks.js';
import type { BatchesState, Engine, EpochRows, SavedFit } from './snapshot.js';

/** Raised whenever older versions of the library would misread new files. */
const FORMAT_VERSION = 1;
/** The description in the metadata. */
export const CHECKPOINT_KEY = 'chainrule.checkpoint';
/** Description, fits, a fit, fingerprint, layers, a layer, its factors, those of a tensor. */
const MAX_DEPTH = 8;
const MOST_FITS = 100;

/** All fits of one call, such as the members of an estimator. */
export interface Checkpoint {
  /** Whose fit it is: 'Network', 'MLPClassifier' or 'MLPRegressor'. */
  kind: string;
  seed: number;
  /** Null for those that have not begun. */
  fits: readonly (SavedFit | null)[];
}

/** Writes a checkpoint, whole or not at all. Returns its bytes. Throws ERR_FILE. */
export async function writeCheckpoint(
  path: string,
  { kind, seed, fits }: Checkpoint,
  files?: FileSystem,
): Promise<number> {
  const tensors = new Map<string, Tensor>();
  const description = {
    formatVersion: FORMAT_VERSION,
    kind,
    seed,
    fits: fits.map((fit, i) => fit && packFit(tensors, `${i}.`, fit)),
  };
  const metadata = new Map([[CHECKPOINT_KEY, JSON.stringify(description, withoutLoss)]]);
  await writeSafetensors(path, { tensors, metadata }, files);
  let bytes = 0;
  for (const { values } of tensors.values()) bytes += values.byteLength;
  return bytes;
}

/** JSON has no NaN and no Infinity. */
function withoutLoss(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

function packFit(tensors: Map<string, Tensor>, prefix: string, fit: SavedFit): object {
  const { parameters, optimizerState, state, history, moments, ...plain } = fit;
  if (firstNonFinite(parameters) >= 0) {
    throw new ChainruleError('ERR_DIVERGED', 'a weight is NaN or infinite: such a network is not saved');
  }
  const { best = null, ...stateNumbers } = state ?? {};
  packNetwork(tensors, prefix, moments, parameters, optimizerState);
  if (best !== null) packNetwork(tensors, `${prefix}best.`, moments, best.parameters, best);
  tensors.set(`${prefix}history`, doubles(history.rows));
  return {
    ...plain,
    moments,
    optimizerStep: optimizerState.step,
    state: state && { ...stateNumbers, bestStep: best?.step ?? null },
    history: history.format,
  };
}

function packNetwork(
  tensors: Map<string, Tensor>,
  prefix: string,
  moments: readonly string[],
  parameters: Float32Array,
  state: OptimizerState,
): void {
  tensors.set(`${prefix}parameters`, { shape: [parameters.length], values: parameters });
  moments.forEach((name, i) => {
    const values = state.moments[i];
    tensors.set(`${prefix}optimizer.${name}`, { shape: [values.length], values });
  });
}

/** Reads a checkpoint and checks all of it. Throws ERR_FILE. */
export async function readCheckpoint(path: string, files?: FileSystem): Promise<Checkpoint> {
  const holds = 'a checkpoint';
  const { tensors, description, what } = await readDescribed(path, CHECKPOINT_KEY, holds, MAX_DEPTH, files);
  const checkpoint = checkingFile(what, () => {
    const fields = optionsObject(description, ['formatVersion', 'kind', 'seed', 'fits'], 'the description');
    checkVersion(fields.formatVersion, FORMAT_VERSION);
    const { fits } = fields;
    if (!Array.isArray(fits) || fits.length === 0 || fits.length > MOST_FITS) {
      throw unexpected('fits', fits, `an array of 1 to ${MOST_FITS} fits`);
    }
    return {
      kind: text(fields.kind, 'kind'),
      seed: count(fields.seed, 'seed'),
      fits: fits.map((fit, i) => (fit === null ? null : unpackFit(tensors, `${i}.`, fit, path))),
    };
  });
  refuseOtherTensors(tensors, path);
  return checkpoint;
}

const text: Check<string> = (value, name) => {
  if (typeof value !== 'string') throw unexpected(name, value, 'a text');
  return value;
};
const count = integer(0, Number.MAX_SAFE_INTEGER);
const ending = oneOf(['epochs', 'converged', 'earlyStopping']);
const momentName = oneOf(['velocity', 'firstMoment', 'secondMoment']);

/** A number as `withoutLoss` leaves it. */
const anyNumber: Check<number> = (value, name) => {
  if (typeof value === 'number') return value;
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return Number(value);
  throw unexpected(name, value, 'a number');
};

const FIT_FIELDS = [
  'fingerprint',
  'engine',
  'epochs',
  'moments',
  'optimizerStep',
  'state',
  'history',
  'ended',
  'bestEpoch',
  'batches',
];

function unpackFit(tensors: Map<string, Tensor>, prefix: string, value: unknown, path: string): SavedFit {
  const fields = optionsObject(value, FIT_FIELDS, 'a fit');
  const { fingerprint } = fields;
  if (!Array.isArray(fields.moments)) throw unexpected('moments', fields.moments, 'an array of names');
  const moments = fields.moments.map((name) => momentName(name, 'moments'));
  const take = new Taker(tensors, path);
  const network = take.network(prefix, moments, count(fields.optimizerStep, 'optimizerStep'));
  const { parameters, ...optimizerState } = network;
  const state = nullable(stateCheck(take, prefix, moments))(fields.state, 'state');
  const ended = nullable(ending)(fields.ended, 'ended');
  if (state === null && (ended === null || ended === 'epochs')) throw unexpected('state', null, 'an object');
  return {
    fingerprint: optionsObject(fingerprint, Object.keys(Object(fingerprint)), 'fingerprint'),
    engine: engineOf(fields.engine),
    epochs: count(fields.epochs, 'epochs'),
    moments,
    parameters,
    optimizerState,
    state,
    history: historyOf(take, prefix, fields.history),
    ended,
    bestEpoch: optional(fields.bestEpoch, 'bestEpoch', count, undefined),
    batches: optional(fields.batches, 'batches', batchesOf, undefined),
  };
}

function engineOf(value: unknown): Engine {
  const { backend, gemm, simd } = optionsObject(value, ['backend', 'gemm', 'simd'], 'engine');
  return { backend: text(backend, 'backend'), gemm: text(gemm, 'gemm'), simd: text(simd, 'simd') };
}

const batchesOf: Check<BatchesState> = (value, name) => {
  const { rowsPerEpoch, firstRows } = optionsObject(value, ['rowsPerEpoch', 'firstRows'], name);
  return {
    rowsPerEpoch: count(rowsPerEpoch, `${name}.rowsPerEpoch`),
    firstRows: nullable(text)(firstRows, `${name}.firstRows`),
  };
};

function historyOf(take: Taker, prefix: string, value: unknown): EpochRows {
  const { validates, layers } = optionsObject(value, ['validates', 'layers'], 'history');
  const format = {
    validates: boolean(validates, 'history.validates'),
    layers: count(layers, 'history.layers'),
  };
  return { format, rows: take.doubles(`${prefix}history`, epochRowWidth(format)) };
}

const PLATEAU = ['best', 'scale', 'waited', 'cooling'] as const;
const STOPPING = ['best', 'waited', 'bestEpoch'] as const;

function stateCheck(take: Taker, prefix: string, moments: readonly string[]): Check<FitState> {
  return (value, name) => {
    const names = ['epochsDone', 'lastLoss', 'plateau', 'earlyStopping', 'bestStep'];
    const fields = optionsObject(value, names, name);
    const step = nullable(count)(fields.bestStep, 'bestStep');
    return {
      epochsDone: count(fields.epochsDone, 'epochsDone'),
      lastLoss: anyNumber(fields.lastLoss, 'lastLoss'),
      plateau: numbers(fields.plateau, 'plateau', PLATEAU),
      earlyStopping: numbers(fields.earlyStopping, 'earlyStopping', STOPPING),
      best: step === null ? null : take.network(`${prefix}best.`, moments, step),
    };
  };
}

function numbers<Name extends string>(
  value: unknown,
  name: string,
  names: readonly Name[],
): Record<Name, number> {
  const fields = optionsObject(value, names, name);
  const entries = names.map((each) => [each, anyNumber(fields[each], `${name}.${each}`)]);
  return Object.fromEntries(entries) as Record<Name, number>;
}

/** Takes tensors out of a file's. */
class Taker {
  readonly #tensors: Map<string, Tensor>;
  readonly #path: string;

  constructor(tensors: Map<string, Tensor>, path: string) {
    this.#tensors = tensors;
    this.#path = path;
  }

  #take(name: string): Tensor {
    const tensor = this.#tensors.get(name);
    if (tensor === undefined) throw new ChainruleError('ERR_FILE', `${this.#path} has no tensor '${name}'`);
    this.#tensors.delete(name);
    return tensor;
  }

  /** Parameters and moments, all finite and of one length. */
  network(
    prefix: string,
    moments: readonly string[],
    step: number,
  ): { parameters: Float32Array } & OptimizerState {
    const parameters = this.#finite(`${prefix}parameters`);
    return {
      parameters,
      step,
      moments: moments.map((moment) => {
        const name = `${prefix}optimizer.${moment}`;
        const values = this.#finite(name, parameters.length);
        // A mean of squares, whose root is taken.
        if (moment === 'secondMoment' && values.some((value) => value < 0)) {
          throw this.#wrong(name, 'negative numbers');
        }
        return values;
      }),
    };
  }

  #finite(name: string, length?: number): Float32Array {
    const { shape, values } = this.#take(name);
    if (shape.length !== 1) throw this.#wrong(name, `${shape.length} dimensions`);
    if (length !== undefined && values.length !== length) throw this.#wrong(name, `${values.length} numbers`);
    if (firstNonFinite(values) >= 0) throw this.#wrong(name, 'NaN or infinity');
    return values;
  }

  /** Rows of doubles. */
  doubles(name: string, width: number): Float64Array {
    const { values } = this.#take(name);
    if (values.length % (2 * width) !== 0) throw this.#wrong(name, `${values.length} numbers`);
    return new Float64Array(values.slice().buffer);
  }

  #wrong(name: string, has: string): ChainruleError {
    return new ChainruleError('ERR_FILE', `${this.#path} has ${has} in tensor '${name}'`);
  }
}

/** The bytes of doubles. */
function doubles(values: Float64Array): Tensor {
  const bytes = new Float32Array(values.buffer, values.byteOffset, 2 * values.length);
  return { shape: [bytes.length], values: bytes };
}
