/** Decides what a column is from what it holds. */

import { show } from '../error.js';
import type { Steps } from '../turns.js';
import { areBooleans } from './boolean-text.js';
import type { ColumnFacts } from './column-facts.js';
import { detectDateFormat } from './date-format.js';
import { type DateFormat, ISO_DATES } from './date-text.js';
import { isMarker, isMarkerAmongNumbers } from './missing-cells.js';
import { detectNumberFormat } from './number-format.js';
import { type NumberFormat, PLAIN } from './number-text.js';
import { type TextCounts, without } from './text-counts.js';
import { NO_VALUE, textKind } from './text-kind.js';

/**
 * What a column is taken for:
 *
 * - `numeric`: numbers, also as text ('3.5', '1,050.00', '38,8', '12 %', '$1,200', '12.3 kg', '1.2k'); few different whole
 *   numbers are numeric too;
 * - `boolean`: true and false, or the words for it (yes/no, y/n, t/f, on/off);
 * - `categorical`: texts that repeat;
 * - `date`: Dates, or texts of dates or instants;
 * - `text`: long texts, nearly all different; left out;
 * - `id`: a different text in each row, or whole numbers in sequence; left out;
 * - `constant`: one value in all rows, or none at all; left out;
 * - `unsupported`: holds objects, arrays or the like; left out.
 */
export const COLUMN_KINDS = [
  'numeric',
  'boolean',
  'categorical',
  'date',
  'text',
  'id',
  'constant',
  'unsupported',
] as const;
export type ColumnKind = (typeof COLUMN_KINDS)[number];

/** What a column was taken for, and what became of it. */
export interface ColumnInfo {
  readonly name: string;
  readonly kind: ColumnKind;
  /** Whether the column became features. */
  readonly used: boolean;
  /** Why it was left out, or what to know about how it is used. */
  readonly reason?: string;
  /** What all its numbers have beside them, such as 'kg' or '$'; a number alone, as in JSON, is taken to be in this unit. */
  readonly unit?: string;
  /** Whether the kind was asked for, not inferred. */
  readonly asked: boolean;
  /** Cells of the training rows without a value, among them those that warnings speak of. */
  readonly missing: number;
  /** Number of features it became; 0 if it was left out. */
  readonly features: number;
  /** What was odd about its cells in the training rows, a sentence each. */
  readonly warnings: readonly string[];
}

/** A kind, why, and how the values of the column are written. */
export type Inferred =
  | { kind: 'numeric'; format: NumberFormat }
  | { kind: 'date'; format: DateFormat }
  | { kind: 'boolean' | 'categorical' }
  | { kind: 'text' | 'id' | 'constant' | 'unsupported'; reason: string };

/** A column is of numbers or dates although some cells are not, if these are at most this share. */
const MOST_SLIPS = 0.1;
/** More different texts are not the words for true and false and for missing values in all their spellings. */
const MOST_BOOLEANS = 1000;

/**
 * The kind of a column. Numbers in sequence and constant numbers are told apart later, from the numbers.
 *
 * @param countCategories - counts the different values as texts, called only if the column may be categorical
 * @param literal - whether texts that usually mean a missing value are values among texts
 */
export function* inferKind(
  facts: ColumnFacts,
  countCategories: () => Steps<TextCounts>,
  literal = false,
): Steps<Inferred> {
  const { texts, numbers, bigints, booleans, dates } = facts;
  const amounts = numbers + bigints;
  if (facts.missing === facts.rows) return { kind: 'constant', reason: NO_VALUE };
  if (facts.other !== undefined) {
    return { kind: 'unsupported', reason: `holds ${show(facts.other.value)}` };
  }
  if (dates > 0) return yield* inferDates(facts);
  if (booleans > 0 && amounts === 0) {
    const words = yield* without(texts, isMarker);
    if (words.size === 0 || areBooleans(words)) return { kind: 'boolean' };
  }
  if (booleans === 0 && facts.longBigints === 0) {
    const inferred = yield* amounts > 0 ? inferNumbers(facts) : inferTexts(facts);
    if (inferred !== undefined) return inferred;
  }
  return yield* textKind(yield* countCategories(), facts.rows, literal);
}

function* inferDates({ texts, textCells, dates, missing, rows }: ColumnFacts): Steps<Inferred> {
  const mixed = { kind: 'unsupported', reason: 'holds both dates and values of other types' } as const;
  if (dates + textCells + missing < rows) return mixed;
  if (textCells === 0) return { kind: 'date', format: ISO_DATES };
  const known = yield* without(texts, isMarkerAmongNumbers);
  const detected = yield* detectDateFormat(known, MOST_SLIPS * rows);
  if (detected.isAmbiguous || !reads(detected.read + dates, detected.cells + dates)) return mixed;
  return { kind: 'date', format: detected.format };
}

function* inferNumbers({
  rows,
  texts,
  textCells,
  numbers,
  bigints,
}: ColumnFacts): Steps<Inferred | undefined> {
  if (textCells === 0) return { kind: 'numeric', format: PLAIN };
  const amounts = numbers + bigints;
  const known = yield* without(texts, isMarkerAmongNumbers);
  const detected = yield* detectNumberFormat(known, MOST_SLIPS * rows, amounts);
  if (detected === undefined || !reads(detected.read + amounts, detected.cells + amounts)) return undefined;
  return { kind: 'numeric', format: detected.format };
}

/** For a column of texts alone. */
function* inferTexts({ rows, texts }: ColumnFacts): Steps<Inferred | undefined> {
  const mayBeBoolean = texts.size <= MOST_BOOLEANS;
  if (mayBeBoolean && areBooleans(yield* without(texts, isMarker))) return { kind: 'boolean' };
  const known = yield* without(texts, isMarkerAmongNumbers);
  const numbers = yield* detectNumberFormat(known, MOST_SLIPS * rows);
  if (numbers !== undefined && reads(numbers.read, numbers.cells)) {
    return { kind: 'numeric', format: numbers.format };
  }
  const dates = yield* detectDateFormat(known, MOST_SLIPS * rows);
  if (!reads(dates.read, dates.cells)) return undefined;
  if (!dates.isAmbiguous) return { kind: 'date', format: dates.format };
  const reason = 'dates that may be day/month/year or month/day/year; write them as year-month-day';
  return { kind: 'text', reason };
}

const reads = (read: number, cells: number) => read > 0 && cells - read <= MOST_SLIPS * cells;
