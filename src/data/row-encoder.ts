/** Turns rows into the features of a network, by what the training rows taught. */

import { ChainruleError, show } from '../error.js';
import { categoryNames, readBooleans, restingFeatures, writeCategories } from './category-column.js';
import { CellFaults } from './cell-faults.js';
import { type ColumnChoices, resolveColumnChoices } from './column-choices.js';
import type { ColumnInfo } from './column-kind.js';
import { dateNames, readTimes, writeTimes } from './date-column.js';
import { checkEncoderState, type EncoderState, FORMAT } from './encoder-state.js';
import { type ColumnState, type LearntColumn, learnColumn } from './learn-column.js';
import { type Destination, numericNames, readNumbers, writeNumbers } from './numeric-column.js';
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
  /** Called with a sentence about each column that held unseen categories, infinite or unreadable cells. */
  onWarning?: ((message: string) => void) | undefined;
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
  readonly #unnamed: boolean;

  private constructor(learnt: readonly LearntColumn[], unnamed: boolean) {
    this.#learnt = learnt;
    this.#unnamed = unnamed;
    const names = learnt.map(({ info, state }) => (state === null ? [] : namesOf(info.name, state)));
    this.featureNames = names.flat();
    this.columns = learnt.map(({ info }, index) => ({ ...info, features: names[index].length }));
  }

  /**
   * Learns from these rows alone.
   *
   * @throws {@link ChainruleError} ERR_OPTION for an unknown column or kind; ERR_SHAPE without rows; ERR_DATA for
   * a cell that cannot be read as asked, and if no column can be used
   */
  static fit(table: Table, options: EncoderOptions = {}, what = 'rows'): RowEncoder {
    if (table.rowCount === 0) throw noRows(what);
    const unnamed = table.unnamed ?? false;
    const choices = resolveColumnChoices(options.columns, table);
    const learn = (idsAsNumbers: boolean) =>
      table.names.map((name, index) => learnColumn(table, index, choices.get(name), idsAsNumbers));
    // Numbers without names were chosen by somebody as numbers; the same goes for an only column.
    let learnt = learn(unnamed);
    if (!learnt.some(isUsed)) learnt = learn(true);
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

  /** What was odd about the cells of the training rows, a sentence each. */
  get warnings(): string[] {
    return this.columns.flatMap((column) => column.warnings);
  }

  /**
   * Features of rows, (rows, width). Columns belong to their names, in any order; further ones are ignored. Rows
   * without names must have the columns of the training rows in their order.
   *
   * @param what - what messages call the rows
   * @throws {@link ChainruleError} ERR_DATA if a column is missing, or a cell is of another type than its column;
   * ERR_SHAPE if rows without names have another width
   */
  transform(table: Table, options: TransformOptions = {}, what = 'rows'): Float32Array {
    const { width } = this;
    const features = allocate(table.rowCount, width);
    if (table.rowCount === 0) return features;
    const places = this.#places(table, what);
    this.#writeResting(features);
    let start = 0;
    this.#learnt.forEach(({ info, state }, index) => {
      if (state === null) return;
      const faults = new CellFaults(table, info.name, options.lenient ?? false);
      write(table.values(places[index]), state, { features, width, start }, faults);
      start += this.columns[index].features;
      if (options.onWarning) for (const warning of faults.warnings()) options.onWarning(warning);
    });
    return features;
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

  /** Writes what rows of missing categories have, which the columns then overwrite. */
  #writeResting(features: Float32Array): void {
    const resting = Float32Array.from(
      this.#learnt.flatMap(({ state }) => (state === null ? [] : restingOf(state))),
    );
    for (let at = 0; at < features.length; at += resting.length) features.set(resting, at);
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

const isUsed = ({ state }: LearntColumn) => state !== null && state.scales.length > 0;

function nothingToUse(learnt: readonly LearntColumn[], what: string): ChainruleError {
  const columns = learnt.slice(0, 5).map(({ info }) => `${show(info.name)} (${info.kind}: ${info.reason})`);
  const more = learnt.length > columns.length ? `, and ${learnt.length - columns.length} more` : '';
  const why = learnt.length === 0 ? 'it has none' : columns.join(', ') + more;
  return new ChainruleError('ERR_DATA', `no column of ${what} can be learnt from: ${why}`);
}

function allocate(rows: number, width: number): Float32Array {
  try {
    return new Float32Array(rows * width);
  } catch (cause) {
    throw new ChainruleError('ERR_MEMORY', `no memory for ${rows} rows of ${width} features`, { cause });
  }
}

function namesOf(name: string, state: ColumnState): string[] {
  switch (state.type) {
    case 'numeric':
      return numericNames(name, state);
    case 'date':
      return dateNames(name, state);
    default:
      return categoryNames(name, state);
  }
}

function restingOf(state: ColumnState): number[] {
  return state.type === 'numeric' || state.type === 'date'
    ? state.scales.map(() => 0)
    : restingFeatures(state);
}

function write(values: ArrayLike<unknown>, state: ColumnState, to: Destination, faults: CellFaults): void {
  if (state.type === 'numeric') writeNumbers(readNumbers(values, state.format, faults), state, to);
  else if (state.type === 'date') writeTimes(readTimes(values, state.format, faults), state, to);
  else if (state.type === 'boolean') writeCategories(readBooleans(values, faults), state, to, faults);
  else writeCategories(values, state, to, faults);
}
