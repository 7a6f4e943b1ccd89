/** Rows that arrive in batches: all of them, or a sample and the way to read the others again. */

import { isMissing } from '../data/missing-cells.js';
import { findColumn, rowNumber, type Table, takeRows } from '../data/table.js';
import { joinTables, tablesOf } from '../data/to-table.js';
import { ChainruleError, show } from '../error.js';
import { lotsOf, RowSample } from './row-sample.js';
import { type RunCheck, runCheck } from './runs.js';

/** More rows than are worth having in memory. */
export interface RowStream {
  /** Rows that train. */
  readonly rows: number;
  /** Rows of the sample that are held out, by their places in it. */
  readonly heldOut: Uint32Array;
  /** All labels there are, if they were asked for. */
  readonly labels: readonly unknown[];
  /** What is odd about the order of the rows. */
  readonly warnings: readonly string[];
  /** The rows that train, batch after batch from the first, with the columns of the sample. */
  training(): AsyncGenerator<Table, void, undefined>;
}

/** Rows of an estimator's fit. `table` is all of them, or with `stream` a sample. */
export interface GatheredRows {
  table: Table;
  stream: RowStream | null;
}

/** How rows are gathered. */
export interface GatherOptions {
  names: readonly string[] | undefined;
  /** The column of the labels. */
  labels: string;
  /** Whether labels are classes, of which all have to be known. */
  areClasses: boolean;
  seed: number;
  /** Fraction of the rows to hold out, at most. */
  heldOut: number;
  /** Whether nobody wants more rows. Default: never. */
  isOver?: (() => boolean) | undefined;
}

/** How an estimator reads rows that may be too many for memory; null if all have to be there. */
export type GatherBy = Pick<GatherOptions, 'areClasses' | 'seed' | 'heldOut'> | null;

/** Cells to have in memory; a text counts as several numbers. Encoded, a column of numbers takes much more. */
const MOST_CELLS = 2 ** 23;
const TEXT_CELLS = 4;

/** Whether batches can be read from the start again. A generator cannot: it is its own iterator. */
export function canReadAgain(rows: AsyncIterable<unknown>): boolean {
  return (rows[Symbol.asyncIterator]() as unknown) !== rows;
}

/** Reads batches into memory, or beyond 2^23 cells draws a sample of them. Throws as `toTable`. */
export async function gatherRows(
  rows: AsyncIterable<unknown>,
  options: GatherOptions,
): Promise<GatheredRows> {
  const what = 'rows';
  let tables: Table[] = [];
  let survey: Survey | null = null;
  let size = 0;
  for await (const table of tablesOf(rows, { columns: options.names }, what, options.isOver)) {
    if (survey !== null) {
      survey.add(table);
      continue;
    }
    tables.push(table);
    size += sizeOf(table);
    if (size <= MOST_CELLS) continue;
    survey = new Survey(options);
    for (const early of tables) survey.add(early);
    tables = [];
  }
  if (survey === null) return { table: joinTables(tables, what), stream: null };
  return survey.take(() => tablesOf(rows, { columns: options.names }, what), what);
}

/** The cells of a table, a text counted as several. */
function sizeOf(table: Table): number {
  return table.names.reduce((sum, _, column) => {
    const cell = table.values(column)[0];
    return sum + table.rowCount * (typeof cell === 'string' ? TEXT_CELLS : 1);
  }, 0);
}

/** What one pass over all rows finds out. */
class Survey {
  readonly #options: GatherOptions;
  readonly #sample: RowSample;
  readonly #runs: RunCheck;
  readonly #labels = new Set<unknown>();

  constructor(options: GatherOptions) {
    this.#options = options;
    this.#sample = new RowSample(options.seed);
    this.#runs = runCheck(options.areClasses);
  }

  add(table: Table): void {
    const { labels, areClasses } = this.#options;
    const values = table.values(findColumn(table, labels, 'labels names a column, but rows'));
    const missing = Array.prototype.findIndex.call(values, isMissing);
    if (missing >= 0) throw missingLabel(table, missing, this.#sample.seen, labels);
    this.#runs.add(values);
    if (areClasses) for (let row = 0; row < table.rowCount; row++) this.#labels.add(values[row]);
    this.#sample.add(table);
  }

  take(batches: () => AsyncIterable<Table>, what: string): GatheredRows {
    const { seed, labels, heldOut } = this.#options;
    const { seen, bound } = this.#sample;
    const { table, lots } = this.#sample.take(what);
    // Of the sample at least half trains: from it the encoder learns.
    const heldOutBound = Math.min(bound / 2, heldOut * 2 ** 32);
    const rows = Uint32Array.from(lots.keys()).filter((row) => lots[row] < heldOutBound);
    return {
      table,
      stream: {
        rows: seen - rows.length,
        heldOut: rows,
        labels: [...this.#labels],
        warnings: this.#runs.warnings(labels),
        training: () => rowsThatTrain(batches(), table.names, seed, heldOutBound),
      },
    };
  }
}

function missingLabel(table: Table, row: number, rowsBefore: number, column: string): ChainruleError {
  const where = table.where?.(row) ?? `row ${rowsBefore + rowNumber(table, row)} (from 0)`;
  return new ChainruleError(
    'ERR_DATA',
    `column ${show(column)} has no label in ${where}, expected one in every row`,
  );
}

/** The rows whose lots are not below the bound, with all of `names` as columns. */
async function* rowsThatTrain(
  batches: AsyncIterable<Table>,
  names: readonly string[],
  seed: number,
  heldOutBound: number,
): AsyncGenerator<Table, void, undefined> {
  let row = 0;
  for await (const batch of batches) {
    const lots = lotsOf(seed, row, batch.rowCount);
    row += batch.rowCount;
    const rows = Uint32Array.from(lots.keys()).filter((each) => lots[each] >= heldOutBound);
    if (rows.length > 0) yield takeRows(withColumns(batch, names), rows);
  }
}

/** The table with columns of these names: those that it lacks, as a batch of objects may, have no values. */
function withColumns(table: Table, names: readonly string[]): Table {
  const places = new Map(table.names.map((name, column) => [name, column]));
  if (table.unnamed || names.every((name) => places.has(name))) return table;
  const empty = new Array<undefined>(table.rowCount).fill(undefined);
  return {
    ...table,
    names,
    values(column) {
      const place = places.get(names[column]);
      return place === undefined ? empty : table.values(place);
    },
  };
}
