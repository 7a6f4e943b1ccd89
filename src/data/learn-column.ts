/** Learns one column from the training rows: its kind, and its features if it is used. */

import { ChainruleError, show } from '../error.js';
import type { Steps } from '../turns.js';
import { type BooleanState, countBooleans, fitBooleans } from './boolean-column.js';
import { type CategoricalState, fitCategories } from './category-column.js';
import { CellFaults } from './cell-faults.js';
import { type ColumnFacts, categoryCounts, columnFacts } from './column-facts.js';
import { type ColumnInfo, type ColumnKind, type Inferred, inferKind } from './column-kind.js';
import { type DateCells, type DateState, fitTimes, readTimes } from './date-column.js';
import { detectDateFormat } from './date-text.js';
import { isMarkerAmongNumbers, markersAmong, trimmed } from './missing-cells.js';
import { detectNumberFormat, type NumberFormat, PLAIN } from './number-text.js';
import { fitNumbers, knownOf, type NumericState, readNumbers } from './numeric-column.js';
import { pieceCount } from './pieces.js';
import { isSequence } from './sequence.js';
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
  const values = table.values(index);
  const name = table.names[index];
  const facts = yield* columnFacts(values);
  const asked = choice !== undefined;
  const column = { name, values, facts, table, asked, faults: new CellFaults(table, name, !asked) };
  switch (choice) {
    case 'numeric':
      return yield* learnNumbers(column, askedNumberFormat(facts), true);
    case 'boolean':
      return yield* learnBooleans(column);
    case 'categorical':
      return yield* learnCategories(column);
    case 'date':
      return yield* learnDates(column, askedDateFormat(column));
    case undefined:
      return yield* learnInferred(column, yield* inferKind(facts, () => countsOf(column)), idsAsNumbers);
    case 'ignore':
      return leftOut(column, (yield* inferKind(facts, () => countsOf(column))).kind, AS_ASKED);
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

function* learnInferred(column: Column, inferred: Inferred, idsAsNumbers: boolean): Steps<LearntColumn> {
  switch (inferred.kind) {
    case 'numeric':
      return yield* learnNumbers(column, inferred.format, idsAsNumbers);
    case 'boolean':
      return yield* learnBooleans(column);
    case 'categorical':
      return yield* learnCategories(column);
    case 'date':
      return yield* learnDates(column, inferred.format);
    default:
      return leftOut(column, inferred.kind, inferred.reason);
  }
}

function* learnNumbers(column: Column, format: NumberFormat, idsAsNumbers: boolean): Steps<LearntColumn> {
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
  return used(column, 'numeric', missing, yield* fitNumbers(known, rows, format, pieces));
}

function* learnBooleans(column: Column): Steps<LearntColumn> {
  const { falses, trues } = yield* countBooleans(column.values, column.faults);
  const { rows } = column.facts;
  if (!column.asked && (falses === rows || trues === rows)) return constant(column);
  return used(column, 'boolean', rows - falses - trues, fitBooleans(falses, trues, rows));
}

function* learnCategories(column: Column): Steps<LearntColumn> {
  const { facts, faults } = column;
  if (facts.other !== undefined) {
    faults.unreadable(facts.other.row, facts.other.value, 'a text, a number or true or false');
  }
  const counts = yield* countsOf(column);
  const markers = markersAmong(counts.keys());
  noteMarkers(column, markers);
  const known = without(counts, (text) => markers.has(text));
  return used(column, 'categorical', facts.rows - cellsOf(known), fitCategories(known, facts.rows));
}

/** Says which texts of a column of texts are taken as missing: they might be values. */
function noteMarkers({ values, faults }: Column, markers: ReadonlySet<string>): void {
  if (markers.size === 0) return;
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    if (typeof value !== 'string') continue;
    const text = trimmed(value);
    if (markers.has(text)) faults.marker(row, text);
  }
}

function* learnDates(column: Column, format: DateCells): Steps<LearntColumn> {
  const times = yield* readTimes(column.values, format, column.faults);
  const known = knownOf(times);
  const missing = times.length - known.length;
  if (!column.asked && missing === 0 && isConstant(times)) return constant(column);
  return used(column, 'date', missing, yield* fitTimes(known, times.length, format));
}

/** A column with features, unless none of its cells has a value: infinite numbers, say, or texts that mean none. */
function used(column: Column, kind: ColumnKind, missing: number, state: ColumnState): LearntColumn {
  const { name, asked, faults, table } = column;
  const warnings = faults.warnings();
  if (missing < table.rowCount) return { info: { name, kind, used: true, asked, missing, warnings }, state };
  const { info } = leftOut(column, asked ? kind : 'constant', NO_VALUE);
  return { info: { ...info, missing, warnings }, state: null };
}

function constant(column: Column): LearntColumn {
  return leftOut(column, 'constant', SAME_VALUE);
}

function leftOut(
  column: Column,
  kind: ColumnKind,
  reason: string,
  warnings: readonly string[] = [],
): LearntColumn {
  const { name, asked, facts } = column;
  return {
    info: { name, kind, used: false, reason, asked, missing: facts.missing, warnings },
    state: null,
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

function askedNumberFormat({ texts }: ColumnFacts): NumberFormat {
  return detectNumberFormat(without(texts, isMarkerAmongNumbers))?.format ?? PLAIN;
}

function askedDateFormat({ facts, name }: Column): DateCells {
  if (facts.numbers + facts.bigints > 0) return 'milliseconds';
  const detected = detectDateFormat(without(facts.texts, isMarkerAmongNumbers));
  if (!detected.isAmbiguous) return detected.format;
  throw new ChainruleError(
    'ERR_DATA',
    `column ${show(name)} holds dates that may be day/month/year or month/day/year, ` +
      'expected Dates or year-month-day',
  );
}
