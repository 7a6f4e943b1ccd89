/** Reads the rows of separated text, checked for their number of cells. */

import { ChainruleError } from '../../../error.js';
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

/** @throws {@link ChainruleError} ERR_DATA with the line of a row of another width, and as `blocksOf` */
export async function* rowsOf(
  text: Pick<TextSource, 'path' | 'chunks'>,
  layout: Layout,
): AsyncGenerator<RowRun, void, undefined> {
  for await (const block of blocksOf(text, layout)) yield* runsOf(block, text.path, layout);
}

function* runsOf(block: Block, path: string, layout: Layout): Generator<RowRun, void, undefined> {
  const { records, recordEnds } = block.cells;
  const { width } = layout;
  let from = 0;
  let end = 0;
  for (let record = 0; record < records; record++) {
    const cells = recordEnds[record] - end;
    end = recordEnds[record];
    if (cells === width && (layout.emptyPlace < 0 || isBlank(block, end - 1))) continue;
    if (!isComment(block, record, layout)) throw raggedRow(block, record, cells, path, layout);
    if (record > from) yield { block, record: from, rows: record - from };
    from = record + 1;
  }
  if (records > from) yield { block, record: from, rows: records - from };
}

/** The first cell of a record. */
export function firstCell({ cells }: Block, record: number): number {
  return record === 0 ? 0 : cells.recordEnds[record - 1];
}

const isBlank = ({ cells: { starts, ends } }: Block, cell: number) => starts[cell] === ends[cell];

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
