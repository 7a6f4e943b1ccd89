/** From a table and targets to trained networks: which rows train, what encodes them, what was held out. */

import { RowEncoder } from '../data/row-encoder.js';
import { weighs } from '../data/samples.js';
import { type Table, takeRows } from '../data/table.js';
import { ChainruleError } from '../error.js';
import type { Network } from '../network/network.js';
import { allRows, newArray, newFloats } from '../numbers/allocate.js';
import { finishInTurns, type Steps } from '../turns.js';
import type { EstimatorHistory, FitControl } from './fit-options.js';
import { fitSizeFor } from './fit-size.js';
import type { HeldOutOutputs } from './held-out.js';
import { isCut } from './nothing-learnt.js';
import type { Recipe } from './recipe.js';
import { choicesOf } from './rows.js';
import { type CommonSettings, DEFAULT_SPLIT } from './settings.js';
import { groupFolds, groupHoldOut, holdOut, kFolds, type Split, timeHoldOut } from './splits.js';
import { type EncodedRows, type Member, type MemberData, takeEncoded, trainMembers } from './train.js';

/** What is to be learnt. */
export interface Problem {
  /** The features. */
  table: Table;
  /** Columns of the rows that are no features, and so not in the table. */
  dropped: readonly string[];
  /** (rows) class indices, or null for numbers: splits treat classes alike. */
  classes: Int32Array | null;
  /** (rows), or null for all ones. */
  weights: Float32Array | null;
  /** Rows held out by the caller, or null. */
  validation: Table | null;
  groups: ArrayLike<unknown> | null;
  /** What to sort by; 'rows' if the rows are in order of time; null for random splits. */
  times: ArrayLike<unknown> | 'rows' | null;
}

/** How targets become those of a network. */
export interface Targets {
  /** Outputs of a network. */
  outputs: number;
  /** Of the table's rows. */
  training: Int32Array | Float32Array;
  /** Of the rows that the caller holds out. */
  validation: Int32Array | Float32Array | null;
}

/** What came of it. */
export interface FittedMembers {
  encoder: RowEncoder;
  networks: Network[];
  history: EstimatorHistory;
  heldOut: HeldOutOutputs;
}

/** One split for each member. Throws ERR_OPTION if there are too few rows for them. */
export function planSplits(problem: Problem, settings: CommonSettings): Split[] {
  const { table, classes, groups, times } = problem;
  const rows = table.rowCount;
  const { seed } = settings;
  const validationSplit = settings.validationSplit ?? DEFAULT_SPLIT;
  if (rows === 0) throw new ChainruleError('ERR_SHAPE', 'there are no rows, expected at least one');
  const members = membersFor(problem, settings);
  if (members > 1) {
    const folds = groups === null ? kFolds(rows, members, seed, classes) : groupFolds(groups, members, seed);
    return folds.filter(({ training }) => hasWeight(training, problem.weights));
  }
  const all = { training: allRows(rows), heldOut: new Uint32Array(0) };
  if (problem.validation !== null || validationSplit === 0) return [all];
  if (groups !== null) return [groupHoldOut(groups, validationSplit, seed)];
  if (times !== null) return [timeHoldOut(rows, validationSplit, times === 'rows' ? null : times)];
  return [holdOut(rows, validationSplit, seed, classes)];
}

/** The number that was asked for; else by the rows, unless what was asked for is that one part is held out. */
function membersFor({ table, validation, groups, times }: Problem, settings: CommonSettings): number {
  if (settings.members !== null) return settings.members;
  if (validation !== null || times !== null || settings.validationSplit !== null) return 1;
  const { members } = fitSizeFor(table.rowCount);
  return groups === null || new Set(Array.from(groups)).size >= members ? members : 1;
}

/** Whether there is something to learn: the rows that count may all be in the fold that is held out. */
function hasWeight(rows: Uint32Array, weights: Float32Array | null): boolean {
  return weights === null || rows.some((row) => weighs(weights[row]));
}

/** The rows that some member trains on. */
export function trainedRows(splits: readonly Split[], rows: number): Uint32Array {
  if (splits.length === 1) return splits[0].training;
  return allRows(rows);
}

/**
 * Trains the members. The encoder learns from the rows that any of them trains on.
 *
 * @param targets - null if there is nothing to learn: then no network is made
 */
export async function fitMembers(
  problem: Problem,
  splits: readonly Split[],
  targets: Targets | null,
  recipeFor: (rows: number, heldOut: number) => Recipe,
  settings: CommonSettings,
  control: FitControl,
): Promise<FittedMembers> {
  const { table, weights, validation } = problem;
  const trained = trainedRows(splits, table.rowCount);
  if (!hasWeight(trained, weights)) {
    throw new ChainruleError(
      'ERR_DATA',
      'the weight is 0 in every row to train on, expected a number above 0 in some; another seed or validationSplit holds ' +
        'out other rows',
    );
  }
  const learnt = trained.length === table.rowCount ? table : takeRows(table, trained);
  const columns = choicesOf(settings.columns, problem.dropped);
  const encoder = await finishInTurns(RowEncoder.fitSteps(learnt, { columns }));
  if (targets === null) return withoutNetworks(encoder);

  const all: EncodedRows = {
    rows: table.rowCount,
    // Rows that came together may hold cells that only some of them explain.
    x: await finishInTurns(encoder.features(table, { lenient: true }).all()),
    y: targets.training,
    weights,
  };
  const given =
    validation === null || targets.validation === null
      ? null
      : {
          rows: validation.rowCount,
          x: await finishInTurns(encoder.features(validation, {}, 'validation').all()),
          y: targets.validation,
        };
  const shape = { inputSize: encoder.width, outputs: targets.outputs };
  const data = splits.map(
    (split) =>
      function* (): Steps<MemberData> {
        const held = split.heldOut.length === 0 ? null : yield* takeEncoded(all, split.heldOut);
        return { training: yield* takeEncoded(all, split.training), validation: given ?? held };
      },
  );
  const members = await trainMembers(data, recipeFor, shape, settings, control);
  return {
    encoder,
    networks: members.flatMap((member) => member?.network ?? []),
    history: historyOf(members, control),
    heldOut: await (given === null ? outputsHeldOut(members, splits, all) : outputsOf(members, given)),
  };
}

/** Where there is nothing to learn. */
export function withoutNetworks(encoder: RowEncoder): FittedMembers {
  return {
    encoder,
    networks: [],
    history: { epochs: [], stoppedBy: 'epochs', members: [] },
    heldOut: { rows: new Uint32Array(0), outputs: new Float32Array(0), networks: new Uint8Array(0) },
  };
}

/** Of all members, of which those that are null never began. */
export function historyOf(
  members: readonly (Member | null)[],
  { signal }: Pick<FitControl, 'signal'>,
): EstimatorHistory {
  const histories = members.flatMap((member) => member?.history ?? []);
  const [first] = histories;
  const wasCut = histories.length < members.length || histories.some(isCut);
  const stoppedBy = wasCut && !isCut(first) ? (signal?.aborted ? 'aborted' : 'maxTime') : first.stoppedBy;
  return { ...first, stoppedBy, members: histories };
}

/** Every member's outputs for the rows that its split holds out. */
async function outputsHeldOut(
  members: readonly (Member | null)[],
  splits: readonly Split[],
  all: EncodedRows,
): Promise<HeldOutOutputs> {
  const parts: { rows: Uint32Array; outputs: Float32Array; network: number }[] = [];
  let network = 0;
  for (const [i, member] of members.entries()) {
    if (member === null) continue;
    const rows = splits[i].heldOut;
    if (rows.length > 0) {
      const { x } = await finishInTurns(takeEncoded(all, rows));
      parts.push({ rows, outputs: await member.network.predictAsync(x), network });
    }
    network++;
  }
  const rows = newArray(
    Uint32Array,
    parts.reduce((sum, part) => sum + part.rows.length, 0),
    HELD_OUT,
  );
  const outputs = newFloats(
    parts.reduce((sum, part) => sum + part.outputs.length, 0),
    HELD_OUT,
  );
  const networks = newArray(Uint8Array, rows.length, HELD_OUT);
  let row = 0;
  let place = 0;
  for (const part of parts) {
    rows.set(part.rows, row);
    networks.fill(part.network, row, row + part.rows.length);
    outputs.set(part.outputs, place);
    row += part.rows.length;
    place += part.outputs.length;
  }
  return { rows, outputs, networks };
}

const HELD_OUT = 'held-out predictions';

/** The outputs of the only member for encoded rows. */
export async function outputsOf(
  members: readonly (Member | null)[],
  given: { rows: number; x: Float32Array },
): Promise<HeldOutOutputs> {
  const rows = allRows(given.rows);
  const outputs = (await members[0]?.network.predictAsync(given.x)) ?? new Float32Array(0);
  return { rows, outputs, networks: new Uint8Array(given.rows) };
}
