/** Which of the given rows a report may judge by, and how. */

import { type Table, takeRows } from '../data/table.js';
import { ChainruleError } from '../error.js';
import { type InputShape, labelled, namesFor } from '../estimators/fit-input.js';
import { type HeldOut, inOrder } from '../estimators/held-out.js';
import { toWeights } from '../estimators/number-values.js';
import type { Provenance } from '../estimators/provenance.js';
import { type ColumnOverrides, readRows, valuesOf } from '../estimators/rows.js';
import type { TestedHow } from './facts.js';
import { encode, type Judge, judge } from './judge.js';
import type { ResolvedReport } from './options.js';

/** Rows as given, with labels that are not encoded yet. */
export interface GivenRows {
  table: Table;
  labels: ArrayLike<unknown>;
  weights: Float32Array | null;
}

/** Rows to judge by. */
export interface TestedRows<Targets> {
  how: TestedHow;
  /** Their cells; null if only their outputs are known. */
  table: Table | null;
  /** Places of the rows in the table; null for all of them. */
  places: Uint32Array | null;
  /** (rows) the only network that may judge each of them; null for all networks. */
  networks: Uint8Array | null;
  /** (rows, outputs) of those networks, as they give them; null if they are still to be computed. */
  outputs: Float32Array | null;
  /** (rows) */
  targets: Targets;
  /** (rows), or null for all the same. */
  weights: Float32Array | null;
}

/** Reads what a report is made of. Throws ERR_OPTION, ERR_SHAPE, ERR_DATA. */
export async function readGiven(
  rows: unknown,
  labels: unknown,
  columns: ColumnOverrides | null,
  shape: InputShape,
  { sampleWeight }: ResolvedReport,
): Promise<GivenRows> {
  const table = await readRows(rows, namesFor(rows, columns, shape), 'rows');
  if (table.rowCount === 0) throw new ChainruleError('ERR_SHAPE', 'rows has no rows, expected at least one');
  const weights = sampleWeight === undefined ? null : valuesOf(sampleWeight, table, 'sampleWeight').values;
  return {
    ...labelled(table, labels, shape, 'rows'),
    weights: weights && toWeights(weights, 'sampleWeight'),
  };
}

/**
 * The rows that may be judged by. Of rows that were trained on, those held out; if none were, all of them, though
 * networks know them.
 *
 * @param targets - of all given rows, encoded
 * @throws {@link ChainruleError} ERR_OPTION if the rows are said to be those of the fit and are not
 */
export async function chooseRows<Targets extends Int32Array | Float64Array>(
  model: Judge & { heldOut: HeldOut<Targets> | null; provenance: Provenance },
  { table, weights }: GivenRows,
  targets: Targets,
  asked: boolean | null,
): Promise<TestedRows<Targets>> {
  const heldOut = model.heldOut && inOrder(model.heldOut);
  const all = { how: 'new' as const, table, places: null, networks: null, outputs: null, targets, weights };
  if (asked === false) return all;
  if (heldOut?.of === 'validation' && areEqual(targets, heldOut.targets)) {
    if (await areOutputsOf(model, table, heldOut)) return { ...all, how: 'validation' };
  }
  if (heldOut?.of === 'rows' && model.provenance.rows === targets.length) {
    const { rows, networks, outputs, targets: own } = heldOut;
    const isFit = rows.length > 0 && own.every((target, i) => target === targets[rows[i]]);
    if (isFit && (await areOutputsOf(model, table, heldOut))) {
      const given = weights === null ? heldOut.weights : Float32Array.from(rows, (row) => weights[row]);
      return { networks, outputs, targets: own, how: 'heldOut', table, places: rows, weights: given };
    }
  }
  const isKnown = heldOut !== null && areEqual(targets, heldOut.fitTargets);
  if (isKnown && heldOut.of === 'validation') {
    const { networks, outputs, targets: own, weights: known } = heldOut;
    return { networks, outputs, targets: own, how: 'validation', table: null, places: null, weights: known };
  }
  if (isKnown && heldOut.rows.length === 0) return { ...all, how: 'seen' };
  if (asked === true) throw otherRows(model.provenance, targets.length);
  return all;
}

const COMPARED_ROWS = 32;
const ROUNDING = 1e-4;

/** Whether the networks say of some rows of a table what they said of those held out. */
async function areOutputsOf(
  model: Judge,
  table: Table,
  { rows, networks, outputs }: HeldOut<Int32Array | Float64Array>,
): Promise<boolean> {
  const some = takeRows(table, rows.subarray(0, COMPARED_ROWS));
  const x = await encode(model, some);
  const now = await judge(model, x, networks.subarray(0, some.rowCount), (own) => own);
  return now.every((value, i) => Math.abs(value - outputs[i]) <= ROUNDING * (1 + Math.abs(value)));
}

function otherRows({ rows }: Provenance, given: number): ChainruleError {
  return new ChainruleError(
    'ERR_OPTION',
    `heldOut is true, but the ${given} rows are not known as those of the last fit of this process` +
      `${rows === given ? '' : `, which had ${rows}`}`,
  );
}

function areEqual(a: Int32Array | Float64Array, b: Int32Array | Float64Array): boolean {
  return a.length === b.length && a.every((value, row) => value === b[row]);
}
