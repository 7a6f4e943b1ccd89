/** Makes texts of the bytes of cells. */

import { trimmed } from '../../missing-cells.js';
import { BARE, DOUBLED } from './scanner.js';

/** Longer texts seldom repeat. */
const LONGEST_KEPT = 32;
/** A power of 2. */
const SLOTS = 512;
const LAST_OF_ASCII = 127;

/** Keeps the texts of a column that were made last: most repeat, and to find one is faster than to make it. */
export class TextCells {
  readonly #texts: string[] = [];
  readonly #lengths = new Uint8Array(SLOTS);
  /** Made for the first text, since most columns of wide files have none. */
  #bytes: Uint8Array | null = null;

  /** The text of a cell. Blanks beside one that is not in quotes do not belong to it. */
  text(bytes: Buffer, start: number, end: number, form: number): string {
    const length = end - start;
    if (length > LONGEST_KEPT || form === DOUBLED || length === 0) return textOf(bytes, start, end, form);
    let hash = length;
    let all = 0;
    for (let i = start; i < end; i++) {
      const byte = bytes[i];
      hash = (Math.imul(hash, 31) + byte) | 0;
      all |= byte;
    }
    // Other letters are rarer, and blanks among them would have to be told apart.
    if (all > LAST_OF_ASCII) return textOf(bytes, start, end, form);
    const slot = (hash ^ (hash >>> 9)) & (SLOTS - 1);
    if (this.#holds(slot, bytes, start, length)) return this.#texts[slot];
    const text = bytes.toString('latin1', start, end);
    this.#texts[slot] = text;
    this.#lengths[slot] = length;
    this.#bytes ??= new Uint8Array(SLOTS * LONGEST_KEPT);
    const kept = this.#bytes;
    for (let i = 0, to = slot * LONGEST_KEPT; i < length; i++, to++) kept[to] = bytes[start + i];
    return text;
  }

  #holds(slot: number, bytes: Buffer, start: number, length: number): boolean {
    const kept = this.#bytes;
    if (kept === null || this.#lengths[slot] !== length) return false;
    const from = slot * LONGEST_KEPT;
    for (let i = 0; i < length; i++) if (kept[from + i] !== bytes[start + i]) return false;
    return true;
  }
}

function textOf(bytes: Buffer, start: number, end: number, form: number): string {
  const text = bytes.toString('utf8', start, end);
  if (form === DOUBLED) return text.replaceAll('""', '"');
  return form === BARE ? trimmed(text) : text;
}
