/** Turns rows into features by columns that have been learnt. Learning itself is in `row-encoder.ts`. */

import { ChainruleError } from '../error.js';
import { nearestName } from '../options/checks.js';
import { checkAbsentFields } from './absent-fields.js';
import { booleanWriter } from './boolean-column.js';
import { categoryNames, categoryWriter } from './category-column.js';
import type { ColumnInfo } from './column-kind.js';
import type { ColumnWriter } from './column-writer.js';
import { dateNames, dateWriter } from './date-column.js';
import type { ColumnState, LearntColumn } from './learn-column.js';
import { numericNames, numericWriter } from './numeric-column.js';
import { NOWHERE, RowFeatures } from './row-features.js';
import { listed, type Table } from './table.js';

export interface TransformOptions {
  /**
   * Whether a cell of another type than its column is missing, with a warning, instead of an error. For rows that
   * came together with the training rows. Default false.
   */
  lenient?: boolean | undefined;
}

/** Columns as learnt, with a writer of features for each that is used. It runs in browsers, too. */
export class LearntColumns {
  /** What each column of the training rows was taken for. */
  readonly columns: readonly ColumnInfo[];
  /** Names of the features, such as 'age', 'age missing', 'edge=lobed'. */
  readonly featureNames: readonly string[];
  readonly learnt: readonly LearntColumn[];
  /** Whether the training rows had no names for their columns, which are then '0', '1', ... */
  readonly unnamed: boolean;
  /** Of the columns that are used, each with its place among all. */
  readonly #writers: readonly { name: string; writer: ColumnWriter; index: number }[];

  constructor(learnt: readonly LearntColumn[], unnamed: boolean) {
    this.learnt = learnt;
    this.unnamed = unnamed;
    const names = learnt.map(({ info, state }) => (state === null ? [] : namesOf(info.name, state)));
    this.featureNames = names.flat();
    this.columns = learnt.map(({ info }, index) => ({ ...info, features: names[index].length }));
    this.#writers = learnt.flatMap(({ info: { name }, state }, index) =>
      state === null ? [] : { name, writer: writerOf(state), index },
    );
  }

  /** See `RowEncoder.transform`; the features are to be read in blocks or in steps. */
  features(table: Table, { lenient = false }: TransformOptions = {}, what = 'rows'): RowFeatures {
    if (table.rowCount === 0) return new RowFeatures(table, [], lenient, []);
    const places = this.#places(table, what);
    const columns = this.#writers.map(({ name, writer, index }) => ({ name, writer, place: places[index] }));
    const warnings = lenient ? [] : checkAbsentFields(table, this.columns, what);
    return new RowFeatures(table, columns, lenient, warnings);
  }

  /** Place in `table` of each column that is used. */
  #places(table: Table, what: string): number[] {
    if (table.unnamed) {
      const expected = this.learnt.length;
      const { length } = table.names;
      if (length === expected) return table.names.map((_, index) => index);
      throw new ChainruleError(
        'ERR_SHAPE',
        `row 0 (from 0) of ${what} has ${length} columns, expected ${expected} as in the training rows`,
      );
    }
    const byName = new Map(table.names.map((name, index) => [name, index]));
    const absent = this.learnt.filter(({ info, state }) => state !== null && !byName.has(info.name));
    const missing = isAnyThere(table, this.#writers)
      ? absent.filter(({ info }) => !mayLack(table, info, this.learnt))
      : absent;
    if (missing.length === 0) return this.learnt.map(({ info }) => byName.get(info.name) ?? NOWHERE);
    const names = missing.map(({ info }) => info.name);
    const reason = this.unnamed ? 'the columns of the training rows had no names' : 'training used it';
    const noun = names.length === 1 ? 'column' : 'columns';
    throw new ChainruleError(
      'ERR_DATA',
      `${what} lacks the ${noun} ${listed(names)} (${reason}); its columns are ${listed(table.names)}`,
    );
  }
}

function isAnyThere({ names }: Table, used: readonly { name: string }[]): boolean {
  return used.some(({ name }) => names.includes(name));
}

/**
 * Whether none of the rows need to have a column: objects may lack a field that some of the training rows had no value of,
 * unless they have one of nearly the same name.
 */
function mayLack(
  { names, gaps }: Table,
  { name, missing }: LearntColumn['info'],
  learnt: readonly LearntColumn[],
): boolean {
  if (gaps === undefined || missing === 0) return false;
  const unknown = names.filter((own) => learnt.every(({ info }) => info.name !== own));
  return nearestName(name, unknown) === undefined;
}

function namesOf(name: string, state: ColumnState): string[] {
  switch (state.type) {
    case 'numeric':
      return numericNames(name, state);
    case 'date':
      return dateNames(name, state);
    case 'boolean':
      return [name];
    case 'categorical':
      return categoryNames(name, state);
  }
}

function writerOf(state: ColumnState): ColumnWriter {
  switch (state.type) {
    case 'numeric':
      return numericWriter(state);
    case 'date':
      return dateWriter(state);
    case 'boolean':
      return booleanWriter(state);
    case 'categorical':
      return categoryWriter(state);
  }
}
