/** Which rows train and which are held out: at random, by class, by group, by time. All drawn from the seed. */

import { isDate } from '../data/realms.js';
import { ChainruleError, show } from '../error.js';
import { allRows, newArray } from '../numbers/allocate.js';
import { Stream, shuffle } from '../numbers/random.js';
import { rowsInTime } from './time-order.js';

/** Rows to train on and rows held out, in ascending order. */
export interface Split {
  training: Uint32Array;
  heldOut: Uint32Array;
}

/** Positions in the random stream, so that different splits of one seed are drawn independently. */
const HOLDOUT = 1;
const FOLDS = 2;

/**
 * Holds out about a fraction of the rows: with classes, of each class alike, rounded so that the whole fits best
 * (the largest remainders are rounded up); a class with a single row stays in training.
 *
 * @param classes - (rows) class indices, or null for a plain random split
 * @returns nothing held out if that would leave no row to train on, or if the fraction is less than half a row
 */
export function holdOut(
  rows: number,
  fraction: number,
  seed: number,
  classes: ArrayLike<number> | null,
): Split {
  const order = shuffled(rows, seed, HOLDOUT);
  const groups = classes === null ? [Array.from(order)] : byClass(order, classes);
  const wanted = groups.map((group) => Math.min(group.length * fraction, group.length - 1));
  const counts = wanted.map(Math.floor);
  let missing = Math.round(rows * fraction) - counts.reduce((sum, count) => sum + count, 0);
  const byRemainder = wanted
    .map((share, g) => ({ g, remainder: share - counts[g] }))
    .filter(({ remainder }) => remainder > 0)
    .sort((a, b) => b.remainder - a.remainder || a.g - b.g);
  for (const { g } of byRemainder) if (missing-- > 0) counts[g]++;
  return splitOf(
    rows,
    groups.flatMap((group, g) => group.slice(0, counts[g])),
  );
}

/**
 * `folds` splits that hold out every row once, their sizes at most one row apart. With classes, the rows of each
 * class are dealt out in turn (as by scikit-learn's StratifiedKFold, one fold after the other).
 *
 * @throws {@link ChainruleError} ERR_OPTION if there are fewer rows than folds
 */
export function kFolds(
  rows: number,
  folds: number,
  seed: number,
  classes: ArrayLike<number> | null,
): Split[] {
  requireParts(rows, folds, 'rows');
  const order = shuffled(rows, seed, FOLDS);
  const dealt = classes === null ? Array.from(order) : byClass(order, classes).flat();
  return Array.from({ length: folds }, (_, fold) =>
    splitOf(
      rows,
      dealt.filter((_, i) => i % folds === fold),
    ),
  );
}

/**
 * `folds` splits that hold out every row once and never part the rows of a group: the largest group goes to the
 * fold with the fewest rows, and so on (as in scikit-learn's GroupKFold); groups of the same size are shuffled.
 *
 * @param groups - (rows) equal values are a group
 * @throws {@link ChainruleError} ERR_OPTION if there are fewer groups than folds; ERR_DATA for an object
 */
export function groupFolds(groups: ArrayLike<unknown>, folds: number, seed: number): Split[] {
  const order = shuffledGroups(groups, seed, FOLDS);
  requireParts(order.length, folds, 'groups');
  order.sort((a, b) => b.length - a.length);
  const held = Array.from({ length: folds }, () => ({ rows: 0, groups: [] as number[][] }));
  for (const group of order) {
    const fold = held.reduce((least, each) => (each.rows < least.rows ? each : least));
    fold.rows += group.length;
    fold.groups.push(group);
  }
  return held.map((fold) => splitOf(groups.length, fold.groups.flat()));
}

/**
 * Holds out whole groups drawn at random, as many as come nearest to a fraction of the rows, but at least one if
 * there are two.
 */
export function groupHoldOut(groups: ArrayLike<unknown>, fraction: number, seed: number): Split {
  const order = shuffledGroups(groups, seed, HOLDOUT);
  const wanted = groups.length * fraction;
  const held: number[][] = [];
  let count = 0;
  for (const group of order) {
    const isNearer = Math.abs(count + group.length - wanted) < Math.abs(count - wanted);
    if (!isNearer || held.length === order.length - 1) continue;
    held.push(group);
    count += group.length;
  }
  if (held.length === 0 && order.length > 1) {
    held.push(order.reduce((least, group) => (group.length < least.length ? group : least)));
  }
  return splitOf(groups.length, held.flat());
}

/** The rows of each group, the groups in a random order. */
function shuffledGroups(groups: ArrayLike<unknown>, seed: number, position: number): number[][] {
  const rowsOf = new Map<unknown, number[]>();
  for (let row = 0; row < groups.length; row++) {
    const group = groupKey(groups[row], row);
    const own = rowsOf.get(group);
    if (own === undefined) rowsOf.set(group, [row]);
    else own.push(row);
  }
  const members = Array.from(rowsOf.values());
  return Array.from(shuffled(members.length, seed, position), (i) => members[i]);
}

/** What is the same for rows of one group. Two objects never are, though they may look alike. */
function groupKey(value: unknown, row: number): unknown {
  if (isDate(value)) return `date ${value.getTime()}`;
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return value;
  throw new ChainruleError(
    'ERR_DATA',
    `groups holds ${show(value)} in row ${row} (from 0), expected a text, a number, a date or a boolean`,
  );
}

/**
 * `folds` splits that train on the past and hold out what follows: the rows in the order of time are cut into
 * folds + 1 parts, and split i trains on the first i parts and holds out the next (as in scikit-learn's
 * TimeSeriesSplit, with the remainder in the first part).
 *
 * @param times - (rows) what to sort by, see `rowsInTime`; null if the rows are in order
 * @throws {@link ChainruleError} ERR_OPTION if there are not more rows than folds; ERR_DATA for a missing time
 */
export function timeFolds(rows: number, folds: number, times: ArrayLike<unknown> | null): Split[] {
  requireParts(rows, folds + 1, 'rows');
  const order = rowsInTime(rows, times);
  const size = Math.floor(rows / (folds + 1));
  return Array.from({ length: folds }, (_, fold) => {
    const start = rows - (folds - fold) * size;
    return {
      training: Uint32Array.from(order.slice(0, start)).sort(),
      heldOut: Uint32Array.from(order.slice(start, start + size)).sort(),
    };
  });
}

/** Holds out the latest rows, about a fraction of all; see `rowsInTime`. */
export function timeHoldOut(rows: number, fraction: number, times: ArrayLike<unknown> | null): Split {
  const order = rowsInTime(rows, times);
  const count = Math.min(Math.round(rows * fraction), rows - 1);
  return splitOf(rows, order.slice(rows - count));
}

function requireParts(available: number, needed: number, what: string): void {
  if (available >= needed) return;
  throw new ChainruleError('ERR_OPTION', `there are ${available} ${what}, expected at least ${needed}`);
}

function shuffled(length: number, seed: number, position: number): Uint32Array {
  const order = allRows(length);
  shuffle(order, seed, Stream.estimator, position);
  return order;
}

/** The rows of each class in the order given, the classes by their index. */
function byClass(order: Uint32Array, classes: ArrayLike<number>): number[][] {
  const groups = new Map<number, number[]>();
  for (const row of order) {
    const group = groups.get(classes[row]);
    if (group === undefined) groups.set(classes[row], [row]);
    else group.push(row);
  }
  return Array.from(groups.entries())
    .sort(([a], [b]) => a - b)
    .map(([, group]) => group);
}

const SPLIT = 'the split of the rows';

function splitOf(rows: number, held: readonly number[]): Split {
  const isHeld = newArray(Uint8Array, rows, SPLIT);
  for (const row of held) isHeld[row] = 1;
  const training = newArray(Uint32Array, rows - held.length, SPLIT);
  const heldOut = newArray(Uint32Array, held.length, SPLIT);
  for (let row = 0, t = 0, h = 0; row < rows; row++) {
    if (isHeld[row] === 0) training[t++] = row;
    else heldOut[h++] = row;
  }
  return { training, heldOut };
}
