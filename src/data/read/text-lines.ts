/** The lines of a text file. */

import { isUtf8 } from 'node:buffer';
import { ChainruleError } from '../../error.js';
import { firstInvalidLine, type TextSource } from './text-source.js';

/** A piece of text and its line in the file, from 1. */
export interface TextPiece {
  readonly text: string;
  readonly line: number;
}

const LINE_FEED = 10;
/** A longer line is none. */
const MOST_LINE_BYTES = 2 ** 26;

/**
 * The lines that are not blank, some at a time.
 *
 * @throws {@link ChainruleError} ERR_DATA for a line that is too long or not UTF-8
 */
export async function* linesOf({ path, chunks }: TextSource): AsyncGenerator<TextPiece[], void, undefined> {
  let rest: Buffer[] = [];
  let restLength = 0;
  let line = 1;
  for await (const chunk of chunks()) {
    const bytes = Buffer.from(chunk);
    const end = bytes.lastIndexOf(LINE_FEED) + 1;
    restLength += bytes.length;
    rest.push(end === 0 ? bytes : bytes.subarray(0, end));
    if (restLength - (bytes.length - end) > MOST_LINE_BYTES && end === 0) throw tooLong(path, line);
    if (end === 0) continue;
    const whole = Buffer.concat(rest);
    yield piecesOf(path, whole, line);
    line += countLines(whole);
    rest = [bytes.subarray(end)];
    restLength = bytes.length - end;
  }
  yield piecesOf(path, Buffer.concat(rest), line);
}

function piecesOf(path: string, bytes: Buffer, first: number): TextPiece[] {
  checkUtf8(path, bytes, first);
  const pieces: TextPiece[] = [];
  let line = first;
  for (let start = 0; start < bytes.length; line++) {
    const end = bytes.indexOf(LINE_FEED, start);
    const stop = end < 0 ? bytes.length : end;
    const text = bytes.toString('utf8', start, stop).trim();
    if (text !== '') pieces.push({ text, line });
    start = stop + 1;
  }
  return pieces;
}

/** @throws {@link ChainruleError} ERR_DATA with the line that is not UTF-8 */
export function checkUtf8(path: string, bytes: Buffer, first: number): void {
  if (isUtf8(bytes)) return;
  const line = first + firstInvalidLine(bytes);
  throw new ChainruleError(
    'ERR_DATA',
    `line ${line} of ${path} is not UTF-8 like the lines before it: the option encoding says what it is, such as ` +
      "'windows-1252'",
  );
}

export function countLines(bytes: Buffer, end = bytes.length): number {
  let lines = 0;
  for (let at = bytes.indexOf(LINE_FEED); at >= 0 && at < end; at = bytes.indexOf(LINE_FEED, at + 1)) lines++;
  return lines;
}

export function tooLong(path: string, line: number): ChainruleError {
  return new ChainruleError(
    'ERR_DATA',
    `line ${line} of ${path} is longer than 64 MiB, expected a shorter row`,
  );
}
