/** Continues to train the networks of an estimator. */

import { ChainruleError } from '../error.js';
import { type AbortSignalLike, abortSignal } from '../network/abort-signal.js';
import { setParent } from '../network/diagnostics.js';
import type { History } from '../network/history.js';
import { Network } from '../network/network.js';
import { callback, integer, optional, optionsObject, positive } from '../options/checks.js';
import type { Ensemble } from './ensemble.js';
import { type FitInput, type InputShape, namesFor, readFitInput } from './fit-input.js';
import type { FitControl, MemberEpochRecord } from './fit-options.js';
import { hasLearntNothing, NothingLearnt, stepsOf } from './nothing-learnt.js';
import type { NumberLike } from './number-values.js';
import { runPool } from './pool.js';
import { networkOptions, type Recipe } from './recipe.js';
import { type ColumnOverrides, namesOf, readRows, withoutColumns } from './rows.js';
import type { CommonSettings } from './settings.js';
import { type EncodedRows, epochListener, memberSeed } from './train.js';

/** The options of `partialFit`. */
export interface PartialFitOptions {
  /** Passes over these rows. Default 1. */
  epochs?: number | undefined;
  /** How much each row counts, or the name of a column with that. Default: all the same. */
  sampleWeight?: ArrayLike<NumberLike> | string | undefined;
  /** Ends at the next step when it is aborted. */
  signal?: AbortSignalLike | undefined;
  /** Called after each epoch of each member. */
  onEpoch?: ((record: MemberEpochRecord) => unknown) | undefined;
  /** Ends after about this many milliseconds. Default: never. */
  maxTimeMs?: number | undefined;
}

/** The options of a classifier's `partialFit`. */
export interface ClassifierPartialFitOptions<Label> extends PartialFitOptions {
  /** All labels there will be, for the first call if its rows do not have all of them. */
  classes?: readonly Label[] | undefined;
}

/** `PartialFitOptions` checked; the data in them is not checked yet. */
export interface ResolvedPartialFit {
  epochs: number;
  sampleWeight: unknown;
  classes: unknown;
  control: FitControl;
  /** Whether the caller can end it early. */
  mayBeCut: boolean;
}

const FIELDS = ['epochs', 'sampleWeight', 'signal', 'onEpoch', 'maxTimeMs'];
const count = integer(1, 2 ** 31 - 1);

/** Checks the options of `partialFit`. Throws ERR_OPTION. */
export function resolvePartialFit(value: unknown, more: readonly string[]): ResolvedPartialFit {
  const options = optionsObject(value, [...FIELDS, ...more], 'the options of partialFit');
  const signal = optional(options.signal, 'signal', abortSignal, null);
  const deadline = performance.now() + optional(options.maxTimeMs, 'maxTimeMs', positive, Infinity);
  return {
    epochs: optional(options.epochs, 'epochs', count, 1),
    sampleWeight: options.sampleWeight,
    classes: options.classes,
    control: {
      signal,
      onEpoch: optional(options.onEpoch, 'onEpoch', callback<MemberEpochRecord>, null),
      deadline,
    },
    mayBeCut: signal !== null || Number.isFinite(deadline),
  };
}

/** Part of the learning rate: with all of it, a few rows would undo what many have taught. */
const RATE = 0.1;

/** The networks to continue with: those of `ensemble`, or new ones if it has none. */
export function networksOf(
  { networks, outputs }: Ensemble,
  recipe: Recipe,
  inputSize: number,
  settings: CommonSettings,
): readonly Network[] {
  const { seed, backend, gemm, precision, threads } = settings;
  const members = settings.members ?? 1;
  if (networks.length > 0 || (outputs < 2 && recipe.loss.kind === 'crossEntropy')) {
    return networks;
  }
  const { network } = networkOptions(recipe, { inputSize, outputs });
  const each = members === 1 ? threads : 1;
  return Array.from(
    { length: members },
    (_, member) =>
      new Network({
        ...network,
        backend,
        gemm,
        precision,
        threads: each,
        seed: memberSeed(seed, member),
      }),
  );
}

/**
 * Trains every network on all of `data`, at a tenth of the learning rate without a schedule. The optimizer goes on
 * from where it was. Throws NothingLearnt if the training is ended before any of them has taken a step.
 */
export async function continueTraining(
  networks: readonly Network[],
  data: EncodedRows,
  recipe: Recipe,
  { epochs, control, mayBeCut }: Pick<ResolvedPartialFit, 'epochs' | 'control' | 'mayBeCut'>,
  threads: number,
): Promise<History[]> {
  const tasks = networks.map((network, member) => (): Promise<History> => {
    const left = control.deadline - performance.now();
    setParent(network, control.trace, member);
    return network.fit(data.x, data.y, {
      epochs,
      batchSize: recipe.batchSize,
      learningRateSchedule: (_, base) => RATE * base,
      sampleWeight: data.weights ?? undefined,
      ...(Number.isFinite(left) ? { maxTimeMs: Math.max(left, 1) } : {}),
      signal: control.signal ?? undefined,
      onEpoch: epochListener(control, { member, members: networks.length, epochs }),
    });
  });
  // To ask takes a copy of the optimizer's state.
  const before = mayBeCut ? networks.map(stepsOf) : [];
  const histories = await runPool(tasks, threads);
  const isIdle = (network: Network, i: number) => hasLearntNothing(network, histories[i], before[i]);
  if (networks.length > 0 && networks.every(isIdle)) throw new NothingLearnt(control);
  return histories;
}

/** Reads the rows of one call. `shape` is null in the first one of an estimator that was not fitted. */
export async function readPart(
  rows: unknown,
  labels: unknown,
  columns: ColumnOverrides | null,
  sampleWeight: unknown,
  shape: InputShape | null,
  isOver: () => boolean,
): Promise<FitInput> {
  const names = shape === null ? namesOf(columns) : namesFor(rows, columns, shape);
  const table = await readRows(rows, names, 'rows', isOver);
  if (table.rowCount === 0) throw new ChainruleError('ERR_SHAPE', 'rows has no rows, expected at least one');
  const plain = { sampleWeight, validation: null, groups: undefined, time: undefined };
  const input = await readFitInput(table, labels, null, plain);
  return shape === null ? input : { ...input, shape, table: withoutColumns(input.table, shape.dropped) };
}
