/** Reads what an estimator is fitted on. */

import type { NumberFormat } from '../data/number-text.js';
import type { Table } from '../data/table.js';
import { ChainruleError } from '../error.js';
import { unexpected } from '../options/checks.js';
import type { ResolvedEstimatorFit } from './fit-options.js';
import { formatOf, toWeights } from './number-values.js';
import { canReadAgain, type GatherBy, type GatheredRows, gatherRows, type RowStream } from './row-stream.js';
import {
  type ColumnOverrides,
  isAsyncIterable,
  namesOf,
  readRows,
  valuesOf,
  withoutColumns,
} from './rows.js';

/** Rows with their labels and all that belongs to them. */
export interface FitInput {
  /** Without the columns that are no features. */
  table: Table;
  labels: ArrayLike<unknown>;
  weights: Float32Array | null;
  groups: ArrayLike<unknown> | null;
  times: ArrayLike<unknown> | 'rows' | null;
  validation: { table: Table; labels: ArrayLike<unknown> } | null;
  /** What prediction has to know about the columns. */
  shape: InputShape;
  /** With more rows than are worth having in memory: where they come from. All the others are of a sample. */
  stream: InputStream | null;
}

/** All rows of a fit, of which its table has a sample. */
export interface InputStream extends RowStream {
  /** Columns of its batches. */
  columns: { labels: string; weights: string | null };
  /** How weights that are texts are written. */
  weightFormat: NumberFormat;
}

/** All rows of a fit, those held out among them. */
export function rowsOf({ table, stream }: FitInput): number {
  return stream === null ? table.rowCount : stream.rows + stream.heldOut.length;
}

/** The columns of the rows of a fit. */
export interface InputShape {
  /** All names, in order, for rows that come without. */
  names: readonly string[];
  /** The column with the labels, or null. */
  target: string | null;
  /** Columns that are no features: labels, weights, groups. */
  dropped: readonly string[];
}

/** What a fit is given beside rows and labels. */
type GivenBeside = Pick<ResolvedEstimatorFit, 'sampleWeight' | 'groups' | 'time' | 'validation'> & {
  /** Whether nobody wants more rows. Default: never. */
  isOver?: () => boolean;
};

/** Reads and checks the rows, the labels and the data in the options of a fit. */
export async function readFitInput(
  rows: unknown,
  labels: unknown,
  columns: ColumnOverrides | null,
  options: GivenBeside,
  gatherBy: GatherBy = null,
): Promise<FitInput> {
  const { table, stream } = await readOrGather(rows, labels, columns, options, gatherBy);
  if (table.rowCount === 0) throw new ChainruleError('ERR_SHAPE', 'rows has no rows, expected at least one');
  const own = valuesOf(labels, table, 'labels');
  const { sampleWeight, groups, time } = options;
  const weights = sampleWeight === undefined ? null : valuesOf(sampleWeight, table, 'sampleWeight');
  const grouping = groups === undefined ? null : valuesOf(groups, table, 'groups');
  const times = time === undefined || time === true ? null : valuesOf(time, table, 'time');
  const dropped = [...new Set([own, weights, grouping].flatMap((each) => each?.column ?? []))];
  const shape: InputShape = {
    names: table.names,
    target: own.column,
    dropped,
  };
  const { validation } = options;
  return {
    table: withoutColumns(table, dropped),
    labels: own.values,
    weights: weights && toWeights(weights.values, 'sampleWeight'),
    groups: grouping?.values ?? null,
    times: time === true ? 'rows' : (times?.values ?? null),
    validation:
      validation && (await readLabelled(validation.rows, validation.labels, columns, shape, 'validation')),
    shape,
    stream: stream && {
      ...stream,
      columns: { labels: String(own.column), weights: weights?.column ?? null },
      weightFormat: formatOf(weights?.values ?? []),
    },
  };
}

/** All rows, or a sample of them if they can be read again and everything else is in their columns. */
async function readOrGather(
  rows: unknown,
  labels: unknown,
  columns: ColumnOverrides | null,
  { sampleWeight, groups, time, validation, isOver }: GivenBeside,
  gatherBy: GatherBy,
): Promise<GatheredRows> {
  const names = namesOf(columns);
  const inColumns =
    typeof labels === 'string' && (sampleWeight === undefined || typeof sampleWeight === 'string');
  const isApart = groups !== undefined || time !== undefined;
  if (gatherBy === null || !isAsyncIterable(rows) || !inColumns || isApart || !canReadAgain(rows)) {
    return { table: await readRows(rows, names, 'rows', isOver), stream: null };
  }
  const heldOut = validation === null ? gatherBy.heldOut : 0;
  return gatherRows(rows, { ...gatherBy, names, labels, heldOut, isOver });
}

/** Rows with labels: to validate on, to evaluate, to continue with. Labels may be in the column of the fit's. */
async function readLabelled(
  rows: unknown,
  labels: unknown,
  columns: ColumnOverrides | null,
  shape: InputShape,
  what: string,
): Promise<{ table: Table; labels: ArrayLike<unknown> }> {
  const table = await readRows(rows, namesFor(rows, columns, shape), what);
  return labelled(table, labels, shape, what);
}

/** The same of a table. */
export function labelled(
  table: Table,
  labels: unknown,
  shape: InputShape,
  what: string,
): { table: Table; labels: ArrayLike<unknown> } {
  const given = labels ?? shape.target;
  if (given === null) throw unexpected('labels', labels, 'an array with a value for each row');
  const { values, column } = valuesOf(
    given,
    table,
    what === 'rows' ? 'labels' : `the labels of ${what}`,
    what,
  );
  const features =
    column === null ? featuresOf(table, shape) : withoutColumns(table, [...shape.dropped, column]);
  return { table: features, labels: values };
}

/** The columns of a table that are features; the others may be there or not. */
export function featuresOf(table: Table, { names, dropped }: InputShape): Table {
  // Columns without names that lack the others have moved up to their places.
  const isFeatures = table.unnamed && table.names.length === names.length - dropped.length;
  return isFeatures ? table : withoutColumns(table, dropped);
}

/**
 * Names for rows that have none, if they need them: those of the fit, without those of no features if the rows
 * lack them.
 */
export function namesFor(
  rows: unknown,
  columns: ColumnOverrides | null,
  { names, dropped }: InputShape,
): readonly string[] | undefined {
  if (namesOf(columns) === undefined && !ArrayBuffer.isView(rows)) return undefined;
  const features = names.filter((name) => !dropped.includes(name));
  const width = Array.isArray(rows) && Array.isArray(rows[0]) ? rows[0].length : features.length;
  return width === names.length ? names : features;
}
