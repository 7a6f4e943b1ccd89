/**
 * Permutation importance as `importance` of the estimators measures it, quicker: cells are encoded once, and then the
 * features of a column are shuffled instead of its cells.
 */

import { takeRows } from '../data/table.js';
import type { Adjust } from '../estimators/ensemble.js';
import { Stream, shuffle } from '../numbers/random.js';
import { Turns } from '../turns.js';
import type { ImportanceFacts } from './facts.js';
import { encode, type Judge, judge } from './judge.js';
import type { TestedRows } from './tested-rows.js';

/** How the predictions for the chosen of the tested rows score, the higher the better. */
export type Score = (outputs: Float64Array, chosen: Uint32Array) => number;

const REPEATS = 5;
/** With more columns each is shuffled less often. */
const MANY_COLUMNS = 100;
const FEW_REPEATS = 2;
/** With many columns, or large networks, the rows are a sample that takes a few seconds. */
const MOST_WORK = { native: 1e11, reference: 2e9 };
const FEWEST_ROWS = 200;
const MOST_FEATURES = 2e7;
/** The first positions of the stream are for splits: as in `importance`. */
const FIRST_POSITION = 2 ** 16;

/** @returns null if there is nothing to shuffle or nothing that could be measured */
export async function columnImportance<Targets>(
  model: Judge,
  { table, places, networks, targets }: TestedRows<Targets & ArrayLike<number>>,
  {
    metric,
    seed,
    adjust,
    score,
  }: { metric: ImportanceFacts['metric']; seed: number; adjust: Adjust; score: Score },
): Promise<ImportanceFacts | null> {
  if (table === null || model.ensemble.networks.length === 0) return null;
  const spans = spansOf(model);
  const repeats = spans.length > MANY_COLUMNS ? FEW_REPEATS : REPEATS;
  const rows = rowsToUse(model, spans.length * repeats, targets.length, networks === null);
  const chosen = sample(targets.length, rows, seed);
  const inTable = places === null ? chosen : Uint32Array.from(chosen, (row) => places[row]);
  const own = networks && Uint8Array.from(chosen, (row) => networks[row]);
  const x = await encode(model, takeRows(table, inTable));
  const scoreOf = async (features: Float32Array) => score(await judge(model, features, own, adjust), chosen);
  const before = await scoreOf(x);
  if (Number.isNaN(before)) return null;
  const columns: ImportanceFacts['columns'] = [];
  const { width } = model.encoder;
  const changed = x.slice();
  const turns = new Turns();
  for (const span of spans) {
    const index = table.names.indexOf(span.name);
    const falls: number[] = [];
    for (let repeat = 0; repeat < repeats; repeat++) {
      const order = Uint32Array.from({ length: rows }, (_, row) => row);
      shuffle(order, seed, Stream.estimator, FIRST_POSITION + Math.max(index, 0) * repeats + repeat);
      takeSpan(x, changed, width, span, order);
      falls.push(before - (await scoreOf(changed)));
      if (turns.isDue()) await turns.next();
    }
    takeSpan(x, changed, width, span, null);
    columns.push({ name: span.name, ...spreadOf(falls) });
  }
  columns.sort((a, b) => b.importance - a.importance);
  return { columns, metric, score: before, rows, repeats };
}

interface Span {
  name: string;
  from: number;
  to: number;
}

/** The features of each column that is used. */
function spansOf({ encoder }: Judge): Span[] {
  let from = 0;
  return encoder.columns.flatMap(({ name, used, features }) => {
    const span = { name, from, to: from + features };
    from = span.to;
    return used ? span : [];
  });
}

function rowsToUse({ ensemble, encoder }: Judge, shuffles: number, rows: number, byAll: boolean): number {
  const { networks } = ensemble;
  const each = networks[0].parameterCount * (byAll ? networks.length : 1);
  const most = MOST_WORK[networks[0].backend.name] / (shuffles * each);
  const limit = Math.min(MOST_FEATURES / encoder.width, Math.max(most, FEWEST_ROWS));
  return Math.min(rows, Math.max(1, Math.floor(limit)));
}

/** So many of the rows, in ascending order. */
function sample(rows: number, count: number, seed: number): Uint32Array {
  const all = Uint32Array.from({ length: rows }, (_, row) => row);
  if (count === rows) return all;
  shuffle(all, seed, Stream.estimator, FIRST_POSITION - 1);
  return all.slice(0, count).sort();
}

/** Writes the features of a column to `to`, row by row those of another row of `x`. */
function takeSpan(
  x: Float32Array,
  to: Float32Array,
  width: number,
  span: Span,
  order: ArrayLike<number> | null,
): void {
  const rows = x.length / width;
  for (let row = 0; row < rows; row++) {
    const from = order === null ? row : order[row];
    for (let feature = span.from; feature < span.to; feature++) {
      to[row * width + feature] = x[from * width + feature];
    }
  }
}

function spreadOf(falls: readonly number[]): { importance: number; standardDeviation: number } {
  const importance = falls.reduce((sum, fall) => sum + fall, 0) / falls.length;
  const variance = falls.reduce((sum, fall) => sum + (fall - importance) ** 2, 0) / falls.length;
  return { importance, standardDeviation: Math.sqrt(variance) };
}
