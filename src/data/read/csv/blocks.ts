/** Reads the records of separated text, a block at a time. */

import { ChainruleError } from '../../../error.js';
import { checkUtf8, countLines } from '../text-lines.js';
import type { TextSource } from '../text-source.js';
import type { Layout } from './layout.js';
import { type ScanFault, Scanner } from './scanner.js';

/** Whole records in memory that the next block overwrites. */
export interface Block {
  readonly bytes: Buffer;
  readonly cells: Scanner;
  /** Line of the file, from 1, to which the scanner's lines are added. */
  readonly line: number;
}

/** A record of more bytes is none: a quote is not closed, say. */
const MOST_RECORD_BYTES = 2 ** 26;

/** @throws {@link ChainruleError} ERR_DATA with the line for what is no separated text of UTF-8 */
export async function* blocksOf(
  { path, chunks }: Pick<TextSource, 'path' | 'chunks'>,
  { separators, body }: Pick<Layout, 'separators' | 'body'>,
): AsyncGenerator<Block, void, undefined> {
  const cells = new Scanner(separators);
  let bytes: Buffer = Buffer.allocUnsafe(2 ** 16);
  let filled = 0;
  let { line } = body;
  let toSkip = body.byte;
  // Less would be the same record once more.
  let worthScanning = 0;
  for await (const chunk of chunks()) {
    const skipped = Math.min(toSkip, chunk.length);
    toSkip -= skipped;
    const added = chunk.length - skipped;
    if (filled + added > bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(filled + added, 2 * bytes.length));
      bytes.copy(larger, 0, 0, filled);
      bytes = larger;
    }
    bytes.set(skipped === 0 ? chunk : chunk.subarray(skipped), filled);
    filled += added;
    if (filled < worthScanning) continue;
    const next = cells.scan(bytes, 0, filled, false);
    checkBlock(path, cells, bytes, next, line);
    yield* blockOf(bytes, cells, line);
    line += cells.lines;
    bytes.copyWithin(0, next, filled);
    filled -= next;
    worthScanning = next > 0 ? 0 : Math.min(2 * filled, MOST_RECORD_BYTES + 1);
    if (filled > MOST_RECORD_BYTES) throw tooLong(path, cells, line);
  }
  cells.scan(bytes, 0, filled, true);
  checkBlock(path, cells, bytes, filled, line);
  yield* blockOf(bytes, cells, line);
}

function* blockOf(bytes: Buffer, cells: Scanner, line: number): Generator<Block, void, undefined> {
  if (cells.records > 0) yield { bytes, cells, line };
}

function checkBlock(path: string, { fault }: Scanner, bytes: Buffer, end: number, line: number): void {
  if (fault !== null) throw faultError(path, fault, line);
  const zero = bytes.indexOf(0);
  if (zero >= 0 && zero < end) {
    throw new ChainruleError(
      'ERR_DATA',
      `${path} holds a zero byte in line ${line + countLines(bytes, zero)}, which no text does: is it damaged, or of another kind?`,
    );
  }
  checkUtf8(path, bytes.subarray(0, end), line);
}

function faultError(path: string, { kind, opened, line: at }: ScanFault, line: number): ChainruleError {
  const [from, to] = [opened + line, at + line];
  if (kind === 'open quote') {
    return new ChainruleError('ERR_DATA', `the quote that opens in line ${from} of ${path} is never closed`);
  }
  const where = from === to ? `in line ${from}` : `in line ${from} closes in line ${to}`;
  return new ChainruleError(
    'ERR_DATA',
    from === to
      ? `a cell ${where} of ${path} has text after its closing quote, expected a delimiter; a quote inside is written twice`
      : `the quote that opens ${where} of ${path} with text after it, expected a delimiter; a quote inside is written twice`,
  );
}

function tooLong(path: string, { openQuote, lines }: Scanner, line: number): ChainruleError {
  const most = `${MOST_RECORD_BYTES / 2 ** 20} MiB`;
  const what =
    openQuote < 0
      ? `line ${line + lines} of ${path} is longer than ${most}`
      : `the quote that opens in line ${line + openQuote} of ${path} is not closed within ${most}`;
  return new ChainruleError('ERR_DATA', `${what}, expected a shorter row`);
}
