/** Turns rows into the features of a network, by what the training rows taught. */

import { ChainruleError, show } from '../error.js';
import { finish, type Steps } from '../turns.js';
import { checkAbsentFields } from './absent-fields.js';
import { booleanWriter } from './boolean-column.js';
import { categoryNames, categoryWriter } from './category-column.js';
import { type ColumnChoices, resolveColumnChoices } from './column-choices.js';
import type { ColumnInfo } from './column-kind.js';
import type { ColumnWriter } from './column-writer.js';
import { dateNames, dateWriter } from './date-column.js';
import { checkEncoderState, type EncoderState, FORMAT } from './encoder-state.js';
import { type ColumnChoice, type ColumnState, type LearntColumn, learnColumn } from './learn-column.js';
import { numericNames, numericWriter } from './numeric-column.js';
import { RowFeatures } from './row-features.js';
import { listed, noRows, type Table } from './table.js';

export interface EncoderOptions {
  /** What columns are to be taken for instead of what they look like. */
  columns?: ColumnChoices | undefined;
}

export interface TransformOptions {
  /**
   * Whether a cell of another type than its column is missing, with a warning, instead of an error. For rows that
   * came together with the training rows. Default false.
   */
  lenient?: boolean | undefined;
}

/**
 * Learns from training rows how rows become features, and makes features of other rows in the same way.
 *
 * Every feature is centred, scaled by its quartiles and smoothly clipped into [-3, 3]; see `robust-scale.ts`. A
 * missing number becomes the median, with a further feature that says so if training had missing ones.
 */
export class RowEncoder {
  /** What each column of the training rows was taken for. */
  readonly columns: readonly ColumnInfo[];
  /** Names of the features, such as 'age', 'age missing', 'edge=lobed'. */
  readonly featureNames: readonly string[];
  readonly #learnt: readonly LearntColumn[];
  /** Of the columns that are used, each with its place among all. */
  readonly #writers: readonly { name: string; writer: ColumnWriter; index: number }[];
  readonly #unnamed: boolean;

  private constructor(learnt: readonly LearntColumn[], unnamed: boolean) {
    this.#learnt = learnt;
    this.#unnamed = unnamed;
    const names = learnt.map(({ info, state }) => (state === null ? [] : namesOf(info.name, state)));
    this.featureNames = names.flat();
    this.columns = learnt.map(({ info }, index) => ({ ...info, features: names[index].length }));
    this.#writers = learnt.flatMap(({ info: { name }, state }, index) =>
      state === null ? [] : { name, writer: writerOf(state), index },
    );
  }

  /**
   * Learns from these rows alone.
   *
   * @throws {@link ChainruleError} ERR_OPTION for an unknown column or kind; ERR_SHAPE without rows; ERR_DATA for
   * a cell that cannot be read as asked, and if no column can be used
   */
  static fit(table: Table, options: EncoderOptions = {}, what = 'rows'): RowEncoder {
    return finish(RowEncoder.fitSteps(table, options, what));
  }

  /** The same in steps. */
  static *fitSteps(table: Table, options: EncoderOptions = {}, what = 'rows'): Steps<RowEncoder> {
    if (table.rowCount === 0) throw noRows(what);
    const unnamed = table.unnamed ?? false;
    const choices = resolveColumnChoices(options.columns, table);
    // Numbers without names were chosen by somebody as numbers; the same goes for an only column.
    let learnt = yield* learnColumns(table, choices, unnamed);
    if (!learnt.some(isUsed)) learnt = yield* learnColumns(table, choices, true);
    if (!learnt.some(isUsed)) throw nothingToUse(learnt, what);
    return new RowEncoder(learnt, unnamed);
  }

  /** Number of features of a row. */
  get width(): number {
    return this.featureNames.length;
  }

  /** Whether the training rows had no names for their columns, which are then '0', '1', ... */
  get unnamed(): boolean {
    return this.#unnamed;
  }

  /** Which columns are left out, unless that was asked for, and what was odd about cells; a sentence each. */
  get warnings(): string[] {
    return [...leftOutWarning(this.columns), ...this.columns.flatMap((column) => column.warnings)];
  }

  /**
   * Features of rows, (rows, width). Columns belong to their names, in any order; further ones are ignored. Rows
   * without names must have the columns of the training rows in their order.
   *
   * @param what - what messages call the rows
   * @throws {@link ChainruleError} ERR_DATA if a column is missing or misspelt, or a cell is of another type than its
   * column; ERR_SHAPE if rows without names have another width
   */
  transform(table: Table, options: TransformOptions = {}, what = 'rows'): Float32Array {
    return finish(this.features(table, options, what).all());
  }

  /** The same, to be read in blocks or in steps. */
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
      const expected = this.#learnt.length;
      const { length } = table.names;
      if (length === expected) return table.names.map((_, index) => index);
      throw new ChainruleError(
        'ERR_SHAPE',
        `row 0 (from 0) of ${what} has ${length} columns, expected ${expected} as in the training rows`,
      );
    }
    const byName = new Map(table.names.map((name, index) => [name, index]));
    const missing = this.#learnt.filter(({ info, state }) => state !== null && !byName.has(info.name));
    if (missing.length === 0) return this.#learnt.map(({ info }) => byName.get(info.name) ?? -1);
    const names = missing.map(({ info }) => info.name);
    const reason = this.#unnamed ? 'the columns of the training rows had no names' : 'training used it';
    const noun = names.length === 1 ? 'column' : 'columns';
    throw new ChainruleError(
      'ERR_DATA',
      `${what} lacks the ${noun} ${listed(names)} (${reason}); its columns are ${listed(table.names)}`,
    );
  }

  toJSON(): EncoderState {
    return { format: FORMAT, unnamed: this.#unnamed, columns: this.#learnt };
  }

  /** @throws {@link ChainruleError} ERR_FILE if `state` is not what `toJSON` gave */
  static fromJSON(state: unknown): RowEncoder {
    const { columns, unnamed } = checkEncoderState(state);
    return new RowEncoder(columns, unnamed);
  }
}

function* learnColumns(
  table: Table,
  choices: ReadonlyMap<string, ColumnChoice>,
  idsAsNumbers: boolean,
): Steps<LearntColumn[]> {
  const learnt: LearntColumn[] = [];
  for (const [index, name] of table.names.entries()) {
    learnt.push(yield* learnColumn(table, index, choices.get(name), idsAsNumbers));
    yield;
  }
  return learnt;
}

const isUsed = ({ state }: LearntColumn) => state !== null;

function leftOutWarning(columns: readonly ColumnInfo[]): string[] {
  const leftOut = columns.filter(({ used, asked }) => !used && !asked);
  if (leftOut.length === 0) return [];
  const example = leftOut.find(({ kind }) => kind === 'text' || kind === 'id') ?? leftOut[0];
  const advice = `to use one, say what it is: columns: { ${show(example.name)}: 'categorical' }`;
  const noun = leftOut.length === 1 ? 'column' : 'columns';
  const hint = example.kind === 'text' || example.kind === 'id' ? `; ${advice}` : '';
  return [`${noun} left out: ${withReasons(leftOut)}${hint}`];
}

/** Names of columns with why they are left out: the first few. */
function withReasons(columns: readonly Pick<ColumnInfo, 'name' | 'kind' | 'reason'>[]): string {
  const shown = columns.slice(0, 5).map(({ name, kind, reason }) => `${show(name)} (${kind}: ${reason})`);
  const more = columns.length > shown.length ? `, and ${columns.length - shown.length} more` : '';
  return shown.join(', ') + more;
}

function nothingToUse(learnt: readonly LearntColumn[], what: string): ChainruleError {
  const why = learnt.length === 0 ? 'it has none' : withReasons(learnt.map(({ info }) => info));
  return new ChainruleError('ERR_DATA', `no column of ${what} can be learnt from: ${why}`);
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
