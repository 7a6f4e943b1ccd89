/** What a fit on batches is, and what the engine is asked to do with each block of its rows. */

import type { Task } from '../data/targets.js';
import type {
  Backend,
  BackendDataset,
  BackendNetwork,
  FitSpec,
  NetworkSpec,
  Samples,
} from '../engine/contract.js';
import { ChainruleError } from '../error.js';
import { allRows } from '../numbers/allocate.js';
import { Stream, shuffle } from '../numbers/random.js';
import { stepSchedule, stepsPerEpoch } from '../options/step-schedule.js';
import type { TrainingOptions } from './training-options.js';

/** What a fit on batches is about. */
export interface BatchesFit {
  network: BackendNetwork;
  spec: NetworkSpec;
  task: Task;
  backend: Backend;
  /** The checked batches of an epoch, from 1. */
  batches: (epoch: number) => AsyncIterable<Samples>;
  /** What to measure after every epoch, or null. */
  validation: BackendDataset | null;
  /** Rows that are in memory, and shuffled among each other, at once. */
  blockRows: number;
  /** Of the validation data; null for a fit that is not kept. */
  validationDigest: string | null;
  /** Rows of an epoch; null if nobody knows, which a schedule of steps would have to. */
  rowsPerEpoch: number | null;
}

/** The error of an epoch without batches. */
export function noBatches(epoch: number, again: boolean): ChainruleError {
  return new ChainruleError(
    'ERR_DATA',
    epoch === 1 && !again
      ? 'x has no batches, expected at least one'
      : `x had batches in epoch 1 and none ${again ? 'when an epoch began again' : `in epoch ${epoch}`}: a generator can be read only once; expected a ` +
          'function that returns the batches of an epoch, or what can be iterated again',
  );
}

/** A block within its fit. */
interface BlockPlace {
  rows: number;
  /** Whether it holds the last rows of the epoch. */
  isLast: boolean;
  epoch: number;
  /** Steps and blocks of the epoch before it. */
  steps: number;
  blocks: number;
  /** Of the epoch. */
  learningRate: number;
  /** As far as it is known. */
  rowsPerEpoch: number;
  maxTimeMs: number;
}

/** A block's fit: one epoch of its rows, in an order of its own. */
export function blockSpec(
  { spec, validation }: BatchesFit,
  options: TrainingOptions,
  block: BlockPlace,
): FitSpec {
  const { rows, isLast, epoch, blocks, learningRate, maxTimeMs } = block;
  const { sampling, dropLast, statistics, onNonFinite } = options;
  const batchSize = Math.min(options.batchSize, rows);
  const steps = stepsPerEpoch(rows, batchSize, dropLast);
  return {
    epochs: 1,
    pauseAfter: 0,
    resume: null,
    batchSize,
    sampling: 'sequential',
    seed: spec.seed,
    trainingRows: null,
    order: sampling === 'shuffle' ? shuffledRows(rows, spec.seed, epoch, blocks) : null,
    validation: isLast && validation !== null ? { dataset: validation, rows: null } : null,
    learningRates: Float64Array.of(learningRate),
    schedule: factors(options, block, steps),
    dropLast,
    plateau: null,
    earlyStopping: null,
    functionTolerance: 0,
    gradientTolerance: 0,
    maxTimeMs,
    onNonFinite: onNonFinite === 'skip' ? 'skip' : 'error',
    statistics: statistics && isLast,
    waitsForListener: false,
  };
}

/** The factors of a block's steps, by the part of the fit that is done. */
function factors(
  { stepSchedule: schedule, epochs, batchSize, dropLast }: TrainingOptions,
  { epoch, steps: stepsBefore, rowsPerEpoch }: BlockPlace,
  steps: number,
): FitSpec['schedule'] {
  if (schedule === null) return null;
  const all = stepsPerEpoch(rowsPerEpoch, batchSize, dropLast);
  const done = (t: number) => Math.min((epoch - 1 + (stepsBefore + t * steps) / all) / epochs, 1);
  return stepSchedule((t) => schedule(done(t)), steps);
}

/** Blocks of an epoch: each has a random stream of its own. */
const MOST_BLOCKS = 2 ** 16;

/** An order of a block's rows, drawn from the seed. */
function shuffledRows(rows: number, seed: number, epoch: number, block: number): FitSpec['order'] {
  const order = allRows(rows);
  shuffle(order, seed, Stream.order, epoch * MOST_BLOCKS + block);
  return { rows: order, rowsPerEpoch: rows };
}
