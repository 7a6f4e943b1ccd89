/** Files that are larger than memory allows, with the labels of their rows, in batches. */

import { statSync } from 'node:fs';
import { parseBoolean } from '../../data/boolean-text.js';
import { isMarker, isMarkerAmongNumbers, isMissing, markersIn, trimmed } from '../../data/missing-cells.js';
import { parseNumber } from '../../data/number-text.js';
import { copyTable, type Table, takeRows, whereIs } from '../../data/table.js';
import { joinTables } from '../../data/to-table.js';
import { ChainruleError, show } from '../../error.js';
import { formatOf } from '../../estimators/number-values.js';
import type { FileTable, TableSource } from '../../index.js';
import { withColumn } from './labels.js';
import { classesByMeaning } from './spellings.js';

/** From this size on a text file is read in batches. */
const LARGE_TEXT = 2 ** 28;
/** The same of files that are packed, which have some times more in memory. */
const LARGE_PACKED = 2 ** 26;
const PACKED = /\.(gz|parquet|arrow|feather)$/i;

/** Rows at the start of a large file that say what its target is. */
export const FIRST_ROWS = 50_000;

export function isLargeFile(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats !== undefined && stats.size >= (PACKED.test(path) ? LARGE_PACKED : LARGE_TEXT);
}

/** A cell of the target as a label: null if it has none. Throws ERR_DATA for another kind of cell. */
type ReadLabel = (cell: unknown, where: () => string) => unknown;

/** How the labels of a file are read, from its first rows. */
export function labelsLike(first: FileTable, target: string, known: readonly unknown[]): ReadLabel {
  const place = first.names.indexOf(target);
  const { kind } = first.columns[place];
  if (kind === 'numeric') return amountsLike(first.values(place), target);
  const areTexts = typeof known[0] === 'string';
  const texts = Array.from(first.values(place)).filter((cell) => typeof cell === 'string');
  const isLiteral = first.literal?.(place) ?? false;
  // Among the texts of the first rows, even if it is not one of them.
  const meansNone = (text: string) =>
    !isLiteral && isMarker(text) && markersIn(new Set([...texts.map(trimmed), text])).has(text);
  const markers = new Map<string, boolean>();
  const byMeaning = classesByMeaning([...new Set(known)]);
  return (cell) => {
    if (isMissing(cell)) return null;
    if (typeof cell !== 'string') return areTexts ? String(cell) : cell;
    const label = trimmed(cell);
    if (!markers.has(label)) markers.set(label, meansNone(label));
    if (markers.get(label)) return null;
    const meaning = parseBoolean(label);
    return meaning === undefined ? label : (byMeaning.get(meaning) ?? label);
  };
}

function amountsLike(cells: ArrayLike<unknown>, target: string): ReadLabel {
  const format = formatOf(cells);
  return (cell, where) => {
    if (isMissing(cell)) return null;
    if (typeof cell === 'number' || typeof cell === 'bigint') return cell;
    const text = typeof cell === 'string' ? trimmed(cell) : '';
    const number = parseNumber(text, format);
    if (number !== undefined) return number;
    if (text !== '' && isMarkerAmongNumbers(text)) return null;
    throw new ChainruleError('ERR_DATA', `${where()}: ${show(target)} is ${show(cell)}, expected a number`);
  };
}

/** The rows of a file that have a label, in batches, from the start whenever they are asked for. */
export class LabelledSource implements AsyncIterable<Table> {
  readonly #source: TableSource;
  readonly #target: string;
  readonly #read: ReadLabel;
  /** Of the last pass that has ended, or null. */
  counts: { rows: number; labels: ReadonlyMap<unknown, number> } | null = null;

  constructor(source: TableSource, target: string, read: ReadLabel) {
    this.#source = source;
    this.#target = target;
    this.#read = read;
  }

  /** About the file; those about its end only after a pass. */
  get warnings(): readonly string[] {
    return this.#source.warnings;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Table, void, undefined> {
    const { path, names } = this.#source;
    const place = names.indexOf(this.#target);
    const labels = new Map<unknown, number>();
    let rows = 0;
    for await (const batch of this.#source) {
      const cells = batch.values(place);
      const own = Array.from(cells, (cell, row) => this.#read(cell, () => `${path}, ${whereIs(batch, row)}`));
      for (const label of own) if (label !== null) labels.set(label, (labels.get(label) ?? 0) + 1);
      rows += batch.rowCount;
      const kept = Uint32Array.from(own.keys()).filter((row) => own[row] !== null);
      const table = withColumn(batch, place, own);
      if (kept.length > 0) yield kept.length === own.length ? table : takeRows(table, kept);
    }
    this.counts = { rows, labels };
  }

  /** Some of the rows, by their ascending numbers among those with a label. One pass. */
  async pick(rows: Uint32Array): Promise<Table> {
    const picked: Table[] = [];
    let next = 0;
    let first = 0;
    for await (const batch of this) {
      const end = first + batch.rowCount;
      const from = next;
      while (next < rows.length && rows[next] < end) next++;
      const own = rows.subarray(from, next).map((row) => row - first);
      if (own.length > 0) picked.push(copyTable(takeRows(batch, own)));
      first = end;
      if (next === rows.length) break;
    }
    return joinTables(picked, this.#source.path);
  }
}
