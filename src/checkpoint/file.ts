/**
 * One checkpoint as a safetensors file: for each fit '0.parameters', '0.optimizer.firstMoment', with early stopping
 * '0.best.parameters' and so on, all flat, and '0.history'; the rest is JSON in the metadata.
 */

import type { FitState, OptimizerState } from '../engine/contract.js';
import { epochRowWidth } from '../engine/epoch-rows.js';
import { MOST_ROLLBACKS } from '../engine/fault.js';
import { ChainruleError } from '../error.js';
import type { FileSystem } from '../formats/file-system.js';
import type { FileTensors } from '../formats/file-tensors.js';
import { checkVersion, readDescribed } from '../formats/model-file.js';
import { CHECKPOINT_KEY } from '../formats/model-kind.js';
import { type Tensor, writeSafetensors } from '../formats/safetensors.js';
import { firstNonFinite } from '../numbers/finite.js';
import {
  boolean,
  type Check,
  integer,
  nonNegative,
  nullable,
  oneOf,
  optional,
  optionsObject,
  unexpected,
} from '../options/checks.js';
import type { BatchesState, Engine, EpochRows, SavedFit } from './snapshot.js';

/** Raised whenever older versions of the library would misread new files. */
const FORMAT_VERSION = 1;
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
  fits.forEach((fit, i) => {
    if (fit !== null) tensors.set(`${i}.history`, historyTensor(fit.history));
  });
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

function historyTensor({ format, rows }: EpochRows): Tensor {
  const width = epochRowWidth(format);
  return { shape: [rows.length / width, width], values: rows };
}

function packFit(tensors: Map<string, Tensor>, prefix: string, fit: SavedFit): object {
  const { parameters, optimizerState, state, history, moments, ...plain } = fit;
  if (firstNonFinite(parameters) >= 0) {
    throw new ChainruleError('ERR_DIVERGED', 'a weight is NaN or infinite: such a network is not saved');
  }
  const { best = null, ...stateNumbers } = state ?? {};
  packNetwork(tensors, prefix, moments, parameters, optimizerState);
  if (best !== null) packNetwork(tensors, `${prefix}best.`, moments, best.parameters, best);
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
export function readCheckpoint(path: string, files?: FileSystem): Promise<Checkpoint> {
  const holding = { key: CHECKPOINT_KEY, holds: 'a checkpoint', maxDepth: MAX_DEPTH };
  return readDescribed(path, holding, planCheckpoint, files);
}

function planCheckpoint(description: unknown, tensors: FileTensors): () => Checkpoint {
  const fields = optionsObject(description, ['formatVersion', 'kind', 'seed', 'fits'], 'the description');
  checkVersion(fields.formatVersion, FORMAT_VERSION);
  const plain = { kind: text(fields.kind, 'kind'), seed: count(fields.seed, 'seed') };
  if (!Array.isArray(fields.fits) || fields.fits.length === 0 || fields.fits.length > MOST_FITS) {
    throw unexpected('fits', fields.fits, `an array of 1 to ${MOST_FITS} fits`);
  }
  const fits = fields.fits.map((fit, i) => (fit === null ? null : planFit(tensors, `${i}.`, fit)));
  return () => ({ ...plain, fits: fits.map((finish) => finish?.() ?? null) });
}

const text: Check<string> = (value, name) => {
  if (typeof value !== 'string') throw unexpected(name, value, 'a text');
  return value;
};
const count = integer(0, Number.MAX_SAFE_INTEGER);
/** Of an optimizer, which takes at least one more. */
const steps = integer(0, Number.MAX_SAFE_INTEGER - 1);
/** As the engines count epochs. */
const epochCount = integer(0, 2 ** 32 - 1);
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

function planFit(tensors: FileTensors, prefix: string, value: unknown): () => SavedFit {
  const fields = optionsObject(value, FIT_FIELDS, 'a fit');
  const { fingerprint } = fields;
  if (!Array.isArray(fields.moments)) throw unexpected('moments', fields.moments, 'an array of names');
  const moments = fields.moments.map((name) => momentName(name, 'moments'));
  const plain = {
    fingerprint: optionsObject(fingerprint, Object.keys(Object(fingerprint)), 'fingerprint'),
    engine: engineOf(fields.engine),
    epochs: count(fields.epochs, 'epochs'),
    moments,
    ended: nullable(ending)(fields.ended, 'ended'),
    bestEpoch: optional(fields.bestEpoch, 'bestEpoch', count, undefined),
    batches: optional(fields.batches, 'batches', batchesOf, undefined),
  };
  const network = planNetwork(tensors, prefix, moments, steps(fields.optimizerStep, 'optimizerStep'));
  const state = nullable(stateOf)(fields.state, 'state');
  if (state === null && (plain.ended === null || plain.ended === 'epochs')) {
    throw unexpected('state', null, 'an object');
  }
  const { bestStep = null, ...stateNumbers } = state ?? {};
  const best = bestStep === null ? null : planNetwork(tensors, `${prefix}best.`, moments, bestStep);
  const history = planHistory(tensors, prefix, fields.history);
  return () => {
    const { parameters, ...optimizerState } = network();
    const full = state && { ...(stateNumbers as Omit<typeof state, 'bestStep'>), best: best?.() ?? null };
    const fit = { ...plain, parameters, optimizerState, state: full, history: history() };
    checkEpochs(fit);
    return fit;
  };
}

/** The history may have left out some epochs, but neither the order nor the last one. */
function checkEpochs({ history, state }: SavedFit): void {
  const width = epochRowWidth(history.format);
  let last = 0;
  for (let start = 0; start < history.rows.length; start += width) {
    const epoch = history.rows[start];
    if (!Number.isSafeInteger(epoch) || epoch <= last)
      throw unexpected('an epoch', epoch, `one above ${last}`);
    last = epoch;
  }
  if (state !== null && state.epochsDone !== last) {
    throw unexpected('epochsDone', state.epochsDone, `${last}, the last epoch of the history`);
  }
}

/** Parameters and moments, all of one length. */
function planNetwork(
  tensors: FileTensors,
  prefix: string,
  moments: readonly string[],
  step: number,
): () => { parameters: Float32Array } & OptimizerState {
  const name = `${prefix}parameters`;
  const [length = 0] = tensors.shapeOf(name) ?? [];
  const take = (own: string, what: string, isNonNegative = false) =>
    tensors.take([{ name: own, shape: [length], start: 0 }], length, { what, isNonNegative });
  const parameters = take(name, 'a parameter');
  const states = moments.map((moment) =>
    // A step takes the root of a mean of squares.
    take(`${prefix}optimizer.${moment}`, `a number of the optimizer's ${moment}`, moment === 'secondMoment'),
  );
  return () => ({ parameters: parameters(), step, moments: states.map((values) => values()) });
}

function engineOf(value: unknown): Engine {
  const fields = optionsObject(value, ['backend', 'gemm', 'simd', 'products'], 'engine');
  return {
    backend: text(fields.backend, 'backend'),
    gemm: text(fields.gemm, 'gemm'),
    simd: text(fields.simd, 'simd'),
    products: text(fields.products, 'products'),
  };
}

const batchesOf: Check<BatchesState> = (value, name) => {
  const { rowsPerEpoch, firstRows } = optionsObject(value, ['rowsPerEpoch', 'firstRows'], name);
  return {
    rowsPerEpoch: count(rowsPerEpoch, `${name}.rowsPerEpoch`),
    firstRows: nullable(text)(firstRows, `${name}.firstRows`),
  };
};

function planHistory(tensors: FileTensors, prefix: string, value: unknown): () => EpochRows {
  const fields = optionsObject(value, ['validates', 'layers'], 'history');
  const validates = boolean(fields.validates, 'history.validates');
  const format = { validates, layers: count(fields.layers, 'history.layers') };
  const name = `${prefix}history`;
  const [length = 0] = tensors.shapeOf(name) ?? [];
  const rows = tensors.takeDoubles(name, [length, epochRowWidth(format)]);
  return () => ({ format, rows: rows() });
}

const PLATEAU = { best: anyNumber, scale: nonNegative, waited: epochCount, cooling: epochCount };
const STOPPING = { best: anyNumber, waited: epochCount, bestEpoch: epochCount };

const stateOf: Check<Omit<FitState, 'best'> & { bestStep: number | null }> = (value, name) => {
  const names = ['epochsDone', 'lastLoss', 'plateau', 'earlyStopping', 'rollbacks', 'bestStep'];
  const fields = optionsObject(value, names, name);
  return {
    epochsDone: epochCount(fields.epochsDone, 'epochsDone'),
    lastLoss: anyNumber(fields.lastLoss, 'lastLoss'),
    plateau: numbers(fields.plateau, 'plateau', PLATEAU),
    earlyStopping: numbers(fields.earlyStopping, 'earlyStopping', STOPPING),
    rollbacks: integer(0, MOST_ROLLBACKS)(fields.rollbacks, 'rollbacks'),
    bestStep: nullable(steps)(fields.bestStep, 'bestStep'),
  };
};

function numbers<Name extends string>(
  value: unknown,
  name: string,
  checks: Record<Name, Check<number>>,
): Record<Name, number> {
  const names = Object.keys(checks) as Name[];
  const fields = optionsObject(value, names, name);
  const entries = names.map((each) => [each, checks[each](fields[each], `${name}.${each}`)]);
  return Object.fromEntries(entries) as Record<Name, number>;
}
