/** Turns rows into the features of a network, by what the training rows taught. */

import { ChainruleError, show } from '../error.js';
import { finish, type Steps } from '../turns.js';
import { type ColumnChoices, resolveColumnChoices } from './column-choices.js';
import type { ColumnInfo } from './column-kind.js';
import { checkEncoderState, type EncoderState, FORMAT } from './encoder-state.js';
import { type ColumnChoice, type LearntColumn, learnColumn } from './learn-column.js';
import { LearntColumns, type TransformOptions } from './learnt-columns.js';
import type { RowFeatures } from './row-features.js';
import { noRows, type Table } from './table.js';

export interface EncoderOptions {
  /** What columns are to be taken for instead of what they look like. */
  columns?: ColumnChoices | undefined;
}

/**
 * Learns from training rows how rows become features, and makes features of other rows in the same way.
 *
 * Every feature is centred, scaled by its quartiles and smoothly clipped into [-3, 3]; see `robust-scale.ts`. A
 * missing number becomes the median, with a further feature that says so if training had missing ones.
 */
export class RowEncoder {
  readonly #columns: LearntColumns;

  private constructor(learnt: readonly LearntColumn[], unnamed: boolean) {
    this.#columns = new LearntColumns(learnt, unnamed);
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

  /** What each column of the training rows was taken for. */
  get columns(): readonly ColumnInfo[] {
    return this.#columns.columns;
  }

  /** Names of the features, such as 'age', 'age missing', 'edge=lobed'. */
  get featureNames(): readonly string[] {
    return this.#columns.featureNames;
  }

  /** Number of features of a row. */
  get width(): number {
    return this.featureNames.length;
  }

  /** Whether the training rows had no names for their columns, which are then '0', '1', ... */
  get unnamed(): boolean {
    return this.#columns.unnamed;
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
  features(table: Table, options: TransformOptions = {}, what = 'rows'): RowFeatures {
    return this.#columns.features(table, options, what);
  }

  toJSON(): EncoderState {
    return { format: FORMAT, unnamed: this.unnamed, columns: this.#columns.learnt };
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
