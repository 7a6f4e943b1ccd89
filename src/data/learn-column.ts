/** Learns one column from the training rows: its kind, and its features if it is used. */

import { ChainruleError, show } from '../error.js';
import type { Steps } from '../turns.js';
import { type BooleanState, countBooleans, fitBooleans } from './boolean-column.js';
import { type CategoricalState, fitCategories } from './category-column.js';
import { CellFaults } from './cell-faults.js';
import { type ColumnFacts, categoryCounts, columnFacts } from './column-facts.js';
import { type ColumnInfo, type ColumnKind, type Inferred, inferKind } from './column-kind.js';
import { readInSteps } from './column-writer.js';
import { type DateCells, type DateState, fitTimes, readTimes } from './date-column.js';
import { detectDateFormat } from './date-format.js';
import { isMarkerAmongNumbers, markersAmong, trimmed } from './missing-cells.js';
import { detectNumberFormat, unitsOf } from './number-format.js';
import { type NumberFormat, PLAIN } from './number-text.js';
import { fitNumbers, knownOf, type NumericState, readNumbers } from './numeric-column.js';
import { pieceCount } from './pieces.js';
import { isSequence } from './sequence.js';
import { placeholderWarnings, totalsWarnings } from './suspect-cells.js';
import { rowNumber, type Table } from './table.js';
import { cellsOf, type TextCounts, without } from './text-counts.js';
import { NO_VALUE, SAME_VALUE } from './text-kind.js';

/** How a used column becomes features: what is saved of it. */
export type ColumnState = NumericState | BooleanState | CategoricalState | DateState;

/** A column as learnt; `state` is null if it is left out. */
export interface LearntColumn {
  readonly info: Omit<ColumnInfo, 'features'>;
  readonly state: ColumnState | null;
}

/** What a column is, and how to learn its features; null if it is left out. */
export interface DescribedColumn {
  readonly info: Omit<ColumnInfo, 'features'>;
  /** How its numbers or dates are written, if it is one of those. */
  readonly format?: NumberFormat | DateCells;
  readonly learn: (() => Steps<ColumnState>) | null;
}

export function isNumberFormat(format: DescribedColumn['format']): format is NumberFormat {
  return typeof format === 'object' && 'decimal' in format;
}

/** A kind asked for, or 'ignore'. */
export type ColumnChoice = ColumnKind | 'ignore';

/** Context of learning one column. */
interface Column {
  readonly name: string;
  readonly values: ArrayLike<unknown>;
  readonly facts: ColumnFacts;
  readonly table: Table;
  readonly asked: boolean;
  readonly faults: CellFaults;
  /** Whether all texts are values, also those that usually mean a missing one. */
  readonly literal: boolean;
}

/**
 * @param choice - the kind asked for; undefined to infer it
 * @param idsAsNumbers - whether whole numbers in sequence are numeric, not an id
 * @throws {@link ChainruleError} ERR_DATA if a cell cannot be read as the kind asked for
 */
export function* learnColumn(
  table: Table,
  index: number,
  choice: ColumnChoice | undefined,
  idsAsNumbers: boolean,
): Steps<LearntColumn> {
  const { info, learn } = yield* describeColumn(table, index, choice, idsAsNumbers);
  return { info, state: learn === null ? null : yield* learn() };
}

/** The same without learning features. */
export function* describeColumn(
  table: Table,
  index: number,
  choice: ColumnChoice | undefined,
  idsAsNumbers: boolean,
): Steps<DescribedColumn> {
  const values = table.values(index);
  const name = table.names[index];
  const facts = yield* columnFacts(values);
  const asked = choice !== undefined;
  const literal = table.literal?.(index) ?? false;
  const column = { name, values, facts, table, asked, faults: new CellFaults(table, name, !asked), literal };
  switch (choice) {
    case 'numeric':
      return yield* describeNumbers(column, yield* askedNumberFormat(facts), true);
    case 'boolean':
      return yield* describeBooleans(column);
    case 'categorical':
      return yield* describeCategories(column);
    case 'date':
      return yield* describeDates(column, yield* askedDateFormat(column));
    case undefined:
      return yield* describeInferred(column, yield* inferred(column), idsAsNumbers);
    case 'ignore':
      return leftOut(column, (yield* inferred(column)).kind, AS_ASKED);
    case 'text':
      return leftOut(column, choice, AS_TEXT, [unusedText(name)]);
    default:
      return leftOut(column, choice, AS_ASKED);
  }
}

const AS_ASKED = 'left out as asked';
const AS_TEXT = 'left out, since nothing is learnt from free text';

/** Who asks for 'text' may well expect that it is used. */
function unusedText(name: string): string {
  const advice = `to learn from which text a row has, use columns: { ${show(name)}: 'categorical' }`;
  return `column ${show(name)} is ${AS_TEXT}; ${advice}`;
}

function inferred(column: Column): Steps<Inferred> {
  return inferKind(column.facts, () => countsOf(column), column.literal);
}

function* describeInferred(
  column: Column,
  inferred: Inferred,
  idsAsNumbers: boolean,
): Steps<DescribedColumn> {
  switch (inferred.kind) {
    case 'numeric':
      return yield* describeNumbers(column, inferred.format, idsAsNumbers);
    case 'boolean':
      return yield* describeBooleans(column);
    case 'categorical':
      return withWarnings(yield* describeCategories(column), yield* severalUnits(column));
    case 'date':
      return yield* describeDates(column, inferred.format);
    default:
      return leftOut(column, inferred.kind, inferred.reason, yield* severalUnits(column));
  }
}

/** Who has 12 kg in one row and 800 g in another may expect a column of numbers. */
function* severalUnits({ name, facts }: Column): Steps<string[]> {
  const units = unitsOf(facts.texts, false);
  if (units.length < 2 || units.length > MOST_UNITS) return [];
  const amounts = units.reduce((sum, { cells }) => sum + cells, 0);
  const known = cellsOf(yield* without(facts.texts, isMarkerAmongNumbers));
  if (amounts < MOSTLY * known) return [];
  if (units.every(({ unit }) => ORDINAL.test(unit))) return [];
  const shown = units.map(({ unit }) => (unit === '' ? 'none' : show(unit))).join(', ');
  return [
    `column ${show(name)} holds numbers in several units (${shown}): with one unit it is read as a column of numbers`,
  ];
}

/** More of them are names, such as those of streets after their numbers. */
const MOST_UNITS = 5;
/** Of the cells that hold something. */
const MOSTLY = 0.9;
const ORDINAL = /^(st|nd|rd|th|\.)$/;

function withWarnings({ info, ...rest }: DescribedColumn, warnings: readonly string[]): DescribedColumn {
  return { info: { ...info, warnings: [...info.warnings, ...warnings] }, ...rest };
}

function* describeNumbers(
  column: Column,
  format: NumberFormat,
  idsAsNumbers: boolean,
): Steps<DescribedColumn> {
  const { table } = column;
  const numbers = yield* readNumbers(column.values, format, column.faults);
  const known = knownOf(numbers);
  const rows = numbers.length;
  const missing = rows - known.length;
  if (!column.asked && missing === 0 && isConstant(numbers)) return constant(column);
  if (!idsAsNumbers && isSequence(numbers, (row) => rowNumber(table, row))) {
    return leftOut(column, 'id', 'whole numbers in sequence, each in one row');
  }
  const pieces = pieceCount(rows, table.names.length);
  const described = used(column, 'numeric', missing, () => fitNumbers(known, rows, format, pieces), format);
  return withWarnings(described, yield* placeholderWarnings(column.name, known));
}

function* describeBooleans(column: Column): Steps<DescribedColumn> {
  const { falses, trues } = yield* countBooleans(column.values, column.faults);
  const { rows } = column.facts;
  if (!column.asked && (falses === rows || trues === rows)) return constant(column);
  return used(
    column,
    'boolean',
    rows - falses - trues,
    atOnce(() => fitBooleans(falses, trues, rows)),
  );
}

function* describeCategories(column: Column): Steps<DescribedColumn> {
  const { facts, faults } = column;
  if (facts.other !== undefined) {
    faults.unreadable(facts.other.row, facts.other.value, 'a text, a number or true or false');
  }
  const counts = yield* countsOf(column);
  const markers = column.literal ? new Set<string>() : yield* markersAmong(counts);
  yield* noteMarkers(column, markers);
  const known = yield* without(counts, (text) => markers.has(text));
  const learn = atOnce(() => fitCategories(known, facts.rows));
  const described = used(column, 'categorical', facts.rows - cellsOf(known), learn);
  return withWarnings(described, yield* totalsWarnings(column.name, known));
}

/** Says which texts of a column of texts are taken as missing: they might be values. */
function* noteMarkers({ values, faults }: Column, markers: ReadonlySet<string>): Steps<void> {
  if (markers.size === 0) return;
  yield* readInSteps(values, ({ from, to }) => {
    for (let row = from; row < to; row++) {
      const value = values[row];
      if (typeof value !== 'string') continue;
      const text = trimmed(value);
      if (markers.has(text)) faults.marker(row, text);
    }
  });
}

function* describeDates(column: Column, format: DateCells): Steps<DescribedColumn> {
  const times = yield* readTimes(column.values, format, column.faults);
  const known = knownOf(times);
  const missing = times.length - known.length;
  if (!column.asked && missing === 0 && isConstant(times)) return constant(column);
  return used(column, 'date', missing, () => fitTimes(known, times.length, format), format);
}

/** A column with features, unless none of its cells has a value: infinite numbers, say, or texts that mean none. */
function used(
  column: Column,
  kind: ColumnKind,
  missing: number,
  learn: () => Steps<ColumnState>,
  format?: NumberFormat | DateCells,
): DescribedColumn {
  const { name, asked, faults, table } = column;
  const warnings = faults.warnings();
  if (missing < table.rowCount) {
    const unit = isNumberFormat(format) && format.unit !== '' ? { unit: format.unit } : {};
    const info = { name, kind, used: true, ...unit, asked, missing, warnings };
    return { info, learn, ...(format !== undefined && { format }) };
  }
  const { info } = leftOut(column, asked ? kind : 'constant', NO_VALUE);
  return { info: { ...info, missing, warnings }, learn: null };
}

/** Work that is too short for steps. */
function atOnce(learn: () => ColumnState): () => Steps<ColumnState> {
  // biome-ignore lint/correctness/useYield: it is done in one.
  return function* () {
    return learn();
  };
}

function constant(column: Column): DescribedColumn {
  return leftOut(column, 'constant', SAME_VALUE);
}

function leftOut(
  column: Column,
  kind: ColumnKind,
  reason: string,
  warnings: readonly string[] = [],
): DescribedColumn {
  const { name, asked, facts } = column;
  return {
    info: { name, kind, used: false, reason, asked, missing: facts.missing, warnings },
    learn: null,
  };
}

function isConstant(numbers: Float64Array): boolean {
  for (let row = 1; row < numbers.length; row++) if (numbers[row] !== numbers[0]) return false;
  return true;
}

/** The different values as texts; those of a column of texts have been counted already. */
function* countsOf({ facts, values }: Column): Steps<TextCounts> {
  return facts.textCells + facts.missing === facts.rows ? facts.texts : yield* categoryCounts(values);
}

function* askedNumberFormat({ texts, numbers, bigints }: ColumnFacts): Steps<NumberFormat> {
  const known = yield* without(texts, isMarkerAmongNumbers);
  const detected = yield* detectNumberFormat(known, Number.POSITIVE_INFINITY, numbers + bigints);
  return detected?.format ?? PLAIN;
}

function* askedDateFormat({ facts, name }: Column): Steps<DateCells> {
  if (facts.numbers + facts.bigints > 0) return 'milliseconds';
  const detected = yield* detectDateFormat(yield* without(facts.texts, isMarkerAmongNumbers));
  if (!detected.isAmbiguous) return detected.format;
  throw new ChainruleError(
    'ERR_DATA',
    `column ${show(name)} holds dates that may be day/month/year or month/day/year, ` +
      'expected Dates or year-month-day',
  );
}
