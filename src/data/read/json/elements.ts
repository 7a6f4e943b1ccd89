/** Cuts a text that is one JSON array into the texts of its elements, without holding it. */

import { ChainruleError } from '../../../error.js';
import { checkUtf8, type TextPiece, tooLong } from '../text-lines.js';
import type { TextSource } from '../text-source.js';

const [QUOTE, BACKSLASH, COMMA, LINE_FEED, SPACE] = [...'"\\,\n '].map((sign) => sign.charCodeAt(0));
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [...'[]{}'].map((sign) => sign.charCodeAt(0));
const MOST_ELEMENT_BYTES = 2 ** 26;

/** @throws {@link ChainruleError} ERR_DATA for a text that is no array or that ends within it */
export async function* elementsOf({
  path,
  chunks,
}: TextSource): AsyncGenerator<TextPiece[], void, undefined> {
  const cutter = new ElementCutter(path);
  for await (const chunk of chunks()) yield cutter.cut(Buffer.from(chunk));
  cutter.end();
}

class ElementCutter {
  readonly #path: string;
  /** The bytes of the element that has been begun. */
  #begun: Buffer[] = [];
  #begunLength = 0;
  #line = 1;
  /** Line of the element that has been begun. */
  #elementLine = 1;
  /** 0 before the array, 1 in it, more in an element; -1 after it. */
  #depth = 0;
  #inString = false;
  #escaped = false;

  constructor(path: string) {
    this.#path = path;
  }

  cut(bytes: Buffer): TextPiece[] {
    const pieces: TextPiece[] = [];
    let start = this.#begunLength > 0 ? 0 : -1;
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at];
      if (byte === LINE_FEED) this.#line++;
      if (this.#inString) {
        this.#inStringByte(byte);
        continue;
      }
      const isEnd = this.#depth === 1 && (byte === COMMA || byte === CLOSE_ARRAY);
      if (isEnd) {
        if (start >= 0) pieces.push(this.#piece(bytes.subarray(start, at)));
        start = -1;
        if (byte === CLOSE_ARRAY) this.#depth = -1;
        continue;
      }
      if (byte <= SPACE) continue;
      if (this.#depth === 0) {
        if (byte !== OPEN_ARRAY) throw this.#notAnArray();
        this.#depth = 1;
        continue;
      }
      if (this.#depth < 0) throw this.#error('goes on after the end of its array');
      if (start < 0) {
        start = at;
        this.#elementLine = this.#line;
      }
      if (byte === QUOTE) this.#inString = true;
      else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) this.#depth++;
      else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) this.#depth--;
    }
    if (start >= 0) this.#keep(bytes.subarray(start));
    return pieces;
  }

  #inStringByte(byte: number): void {
    if (this.#escaped) this.#escaped = false;
    else if (byte === BACKSLASH) this.#escaped = true;
    else if (byte === QUOTE) this.#inString = false;
  }

  #keep(bytes: Buffer): void {
    this.#begun.push(bytes);
    this.#begunLength += bytes.length;
    if (this.#begunLength > MOST_ELEMENT_BYTES) throw tooLong(this.#path, this.#elementLine);
  }

  #piece(bytes: Buffer): TextPiece {
    const whole = this.#begunLength === 0 ? bytes : Buffer.concat([...this.#begun, bytes]);
    this.#begun = [];
    this.#begunLength = 0;
    checkUtf8(this.#path, whole, this.#elementLine);
    return { text: whole.toString('utf8'), line: this.#elementLine };
  }

  end(): void {
    if (this.#depth === 0) throw new ChainruleError('ERR_DATA', `${this.#path} is empty`);
    if (this.#depth > 0)
      throw this.#error(
        `ends within its array, the last element of which starts in line ${this.#elementLine}`,
      );
  }

  #notAnArray(): ChainruleError {
    return this.#error(
      `does not start with [ in line ${this.#line}, expected an array of objects, or an object a line`,
    );
  }

  #error(what: string): ChainruleError {
    return new ChainruleError('ERR_DATA', `${this.#path} ${what}`);
  }
}
