/** Reads the rows of separated text, checked for their number of cells. */

import { ChainruleError } from '../../../error.js';
import { countLines } from '../text-lines.js';
import type { TextSource } from '../text-source.js';
import { type Block, blocksOf } from './blocks.js';
import type { Layout } from './layout.js';

/** Rows one after the other, of `width` cells each. */
export interface RowRun {
  readonly block: Block;
  /** Their first record. */
  readonly record: number;
  readonly rows: number;
}

/**
 * Lines after the rows are skipped if they have at most half as many cells and a blank line comes before them: a
 * source, a remark.
 *
 * @param warn - hears of lines that are skipped
 * @throws {@link ChainruleError} ERR_DATA with the line of a row of another width, and as `blocksOf`
 */
export async function* rowsOf(
  text: Pick<TextSource, 'path' | 'chunks'>,
  layout: Layout,
  warn: (text: string) => void,
): AsyncGenerator<RowRun, void, undefined> {
  const { path } = text;
  const footer: Footer = { first: 0, last: 0, error: null, nextLine: layout.body.line };
  for await (const block of blocksOf(text, layout)) yield* runsOf(block, path, layout, footer);
  if (footer.error === null) return;
  const { first, last } = footer;
  const which = first === last ? `line ${first}` : `lines ${first} to ${last}`;
  warn(`${which} of ${path}, after the rows, ${first === last ? 'is' : 'are'} skipped`);
}

/** Of so few columns, a line with one cell may as well be half a row. */
const FEW = 2;

/** Lines that may come after the rows. */
interface Footer {
  first: number;
  last: number;
  /** What is wrong if more rows follow; null if there is no footer. */
  error: ChainruleError | null;
  /** The line after the last record of the block before: blank lines may follow it there. */
  nextLine: number;
}

function* runsOf(
  block: Block,
  path: string,
  layout: Layout,
  footer: Footer,
): Generator<RowRun, void, undefined> {
  const { records, recordEnds, recordLines } = block.cells;
  const { width } = layout;
  let from = 0;
  let end = 0;
  for (let record = 0; record < records; record++) {
    const cells = recordEnds[record] - end;
    end = recordEnds[record];
    if (cells === width && (layout.emptyPlace < 0 || isBlank(block, end - 1))) {
      if (footer.error !== null) throw footer.error;
      continue;
    }
    if (!isComment(block, record, layout)) {
      const error = raggedRow(block, record, cells, path, layout);
      const mayEnd = footer.error !== null || isAfterBlankLine(block, record, layout, footer.nextLine);
      if (!mayEnd || width <= FEW || 2 * cells > width) throw footer.error ?? error;
      footer.last = block.line + recordLines[record];
      if (footer.error === null) footer.first = footer.last;
      footer.error ??= error;
    }
    if (record > from) yield { block, record: from, rows: record - from };
    from = record + 1;
  }
  footer.nextLine = lineAfter(block, records - 1);
  if (records > from) yield { block, record: from, rows: records - from };
}

function lineAfter(block: Block, record: number): number {
  const { starts, recordStops, recordLines } = block.cells;
  const bytes = block.bytes.subarray(starts[firstCell(block, record)], recordStops[record]);
  return block.line + recordLines[record] + countLines(bytes, bytes.length);
}

/** The first cell of a record. */
export function firstCell({ cells }: Block, record: number): number {
  return record === 0 ? 0 : cells.recordEnds[record - 1];
}

const isBlank = ({ cells: { starts, ends } }: Block, cell: number) => starts[cell] === ends[cell];

function isAfterBlankLine(block: Block, record: number, { separators }: Layout, nextLine: number): boolean {
  const { recordStops, recordLines, starts } = block.cells;
  if (record === 0) return block.line + recordLines[0] > nextLine;
  const between = block.bytes.subarray(recordStops[record - 1], starts[firstCell(block, record)]);
  return between.includes(separators.lineEnd);
}

const HASH = 35;

function isComment(block: Block, record: number, { comments }: Layout): boolean {
  return comments && block.bytes[block.cells.starts[firstCell(block, record)]] === HASH;
}

function raggedRow(
  block: Block,
  record: number,
  cells: number,
  path: string,
  layout: Layout,
): ChainruleError {
  const line = block.line + block.cells.recordLines[record];
  const { width, emptyPlace, headerLine } = layout;
  const expected = emptyPlace < 0 || cells !== width ? width : width - 1;
  const like = headerLine === null ? 'as most lines have' : `as in the names of line ${headerLine}`;
  const noun = cells === 1 ? 'cell' : 'cells';
  return new ChainruleError(
    'ERR_DATA',
    `line ${line} of ${path} has ${cells} ${noun}, expected ${expected}, ${like}`,
  );
}
