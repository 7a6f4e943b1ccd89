/** Trains the networks of an estimator, several at once with a thread each. */

import type { FitKeeper } from '../checkpoint/fit-keeper.js';
import type { Batch } from '../network/batches.js';
import { setParent } from '../network/diagnostics.js';
import type { FitOptions } from '../network/fit-options.js';
import { DivergedError, type EpochRecord, type History } from '../network/history.js';
import { fitKept, Network } from '../network/network.js';
import { arrayOf, newFloats } from '../numbers/allocate.js';
import { randomWord, Stream } from '../numbers/random.js';
import { finishInTurns, type Steps } from '../turns.js';
import type { FitControl, MemberEpochRecord } from './fit-options.js';
import { hasLearntNothing, isCut, NothingLearnt } from './nothing-learnt.js';
import { runPool } from './pool.js';
import { networkOptions, type Recipe } from './recipe.js';
import type { CommonSettings } from './settings.js';

/** Encoded rows with their targets. */
export interface EncodedRows {
  rows: number;
  /** (rows, width) */
  x: Float32Array;
  /** (rows) class indices, or (rows, outputs). */
  y: Int32Array | Float32Array;
  /** (rows), or null for all ones. */
  weights: Float32Array | null;
}

/** Rows that are encoded whenever they are needed, since they are too many for memory. */
export interface StreamedRows {
  rows: number;
  /** The encoded rows of an epoch, from the first. */
  batches: () => AsyncIterable<Batch>;
}

/** What one network is trained on, and what chooses its epoch; null for its last. */
export interface MemberData {
  training: EncodedRows | StreamedRows;
  validation: Omit<EncodedRows, 'weights'> | null;
}

/** A trained network. */
export interface Member {
  network: Network;
  history: History;
}

/** A member, and how many epochs it was to train. */
interface Trained extends Member {
  epochs: number;
}

/** Positions in the random stream. */
const SEEDS = 0;

/** The seed of a member: the first has another one than the estimator, too, whose own chooses rows. */
export function memberSeed(seed: number, member: number): number {
  return randomWord(seed, Stream.estimator, SEEDS, member);
}

/**
 * Trains a network on each of `data`. A single one uses all threads; several use one each, as many at once as there
 * are threads, so that the results do not depend on their number. Members whose turn has not come when the signal
 * is aborted or the time is up are left out (null), except the first; so are those that have hardly begun by then, if
 * there are others. Throws NothingLearnt if none of them has taken a step by then.
 */
export async function trainMembers(
  data: readonly (() => Steps<MemberData>)[],
  recipeFor: (rows: number, heldOut: number) => Recipe,
  shape: { inputSize: number; outputs: number },
  settings: CommonSettings,
  control: FitControl,
): Promise<(Member | null)[]> {
  const threads = data.length === 1 ? settings.threads : 1;
  const atOnce = Math.min(settings.threads, data.length);
  const running = new Set<Network>();
  const keepers = control.keeper?.fits(data.length);
  const tasks = data.map((prepare, member) => async (): Promise<Trained | null> => {
    const left = control.deadline - performance.now();
    if (member > 0 && (control.signal?.aborted || left <= 0)) return null;
    const { training, validation } = await finishInTurns(prepare());
    const recipe = recipeFor(training.rows, validation?.rows ?? 0);
    const { network: options, fit } = networkOptions(recipe, shape);
    const { backend, gemm, precision, seed } = settings;
    const network = new Network({
      ...options,
      backend,
      gemm,
      precision,
      threads,
      seed: memberSeed(seed, member),
    });
    running.add(network);
    setParent(network, control.trace, member);
    const rounds = Math.ceil((data.length - member) / atOnce);
    const { earlyStopping, ...withoutStopping } = fit;
    const fitOptions: FitOptions = {
      ...withoutStopping,
      ...(validation === null ? {} : { validationData: [validation.x, validation.y], earlyStopping }),
      ...(Number.isFinite(left) ? { maxTimeMs: Math.max(left / rounds, 1) } : {}),
      signal: control.signal ?? undefined,
      onEpoch: epochListener(control, { member, members: data.length, epochs: recipe.epochs }),
    };
    const keeper = keepers?.[member] ?? null;
    const history = await fitOn(network, training, fitOptions, keeper).catch(bestBeforeDivergence);
    running.delete(network);
    return { network, history, epochs: recipe.epochs };
  });
  // A network that is disposed of ends its fit at the next step.
  const members = await runPool(tasks, atOnce, () => {
    for (const network of running) network.dispose();
  });
  if (members.every((member) => member === null || hasLearntNothing(member.network, member.history))) {
    for (const member of members) member?.network.dispose();
    throw new NothingLearnt(control);
  }
  return leaveOutBeginners(members);
}

/** What a cut member must have trained, beside members that came to their end. */
const LEAST_PART = 0.5;

/** Networks that were cut short say little, and their mean with the others would be worse than the others'. */
function leaveOutBeginners(members: readonly (Trained | null)[]): (Member | null)[] {
  const trained = members.filter((member) => member !== null);
  const hasEnded = trained.some(({ history }) => !isCut(history));
  const hasBegun = trained.some(({ history }) => history.epochs.length > 0);
  const least = hasEnded ? LEAST_PART : 0;
  return members.map((member) => {
    if (member === null || !hasBegun || !isCut(member.history)) return member;
    const { length } = member.history.epochs;
    if (length > 0 && length >= least * member.epochs) return member;
    member.network.dispose();
    return null;
  });
}

function fitOn(
  network: Network,
  training: MemberData['training'],
  options: FitOptions,
  keeper: FitKeeper | null,
): Promise<History> {
  if ('batches' in training) {
    return fitKept(network, keeper, training.batches, { ...options, rowsPerEpoch: training.rows });
  }
  const { x, y, weights } = training;
  return fitKept(network, keeper, x, y, { ...options, sampleWeight: weights ?? undefined });
}

/** Hears of the epochs of one member, and tells the caller which it was. */
export function epochListener(
  { onEpoch }: Pick<FitControl, 'onEpoch'>,
  place: Pick<MemberEpochRecord, 'member' | 'members' | 'epochs'>,
): ((record: EpochRecord) => unknown) | undefined {
  return onEpoch === null ? undefined : (record) => onEpoch({ ...record, ...place });
}

/** A fit that diverged after a good epoch has that epoch's parameters: its history, 'diverged'. Else the error. */
export function bestBeforeDivergence(error: unknown): History {
  if (error instanceof DivergedError && (error.history.bestEpoch ?? 0) > 0) return error.history;
  throw error;
}

const ENCODED = 'encoded rows';

/** Some rows of encoded rows. In steps. */
export function* takeEncoded(all: EncodedRows, rows: Uint32Array): Steps<EncodedRows> {
  return {
    rows: rows.length,
    x: yield* takeFloats(all.x, rows, all.x.length / all.rows),
    y:
      all.y instanceof Int32Array
        ? arrayOf(Int32Array, rows.length, ENCODED, (i) => all.y[rows[i]])
        : yield* takeFloats(all.y, rows, all.y.length / all.rows),
    weights: all.weights === null ? null : yield* takeFloats(all.weights, rows, 1),
  };
}

/** Rows to copy between two pauses: about so many numbers. */
const FLOATS_PER_STEP = 2 ** 18;

function* takeFloats(values: Float32Array, rows: Uint32Array, width: number): Steps<Float32Array> {
  const taken = newFloats(rows.length * width, ENCODED);
  const rowsPerStep = Math.max(1, Math.floor(FLOATS_PER_STEP / width));
  for (let i = 0; i < rows.length; i++) {
    const from = rows[i] * width;
    taken.set(values.subarray(from, from + width), i * width);
    if ((i + 1) % rowsPerStep === 0) yield;
  }
  return taken;
}
