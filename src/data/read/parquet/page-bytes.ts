/** The bytes of a page, from its start to its end. */

/** More bytes would be more than a number of 64 bits has. */
const MOST_NUMBER_BYTES = 10;

export class PageBytes {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  offset = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.bytes.length - this.offset;
  }

  /** @throws RangeError if fewer bytes are left */
  require(length: number, what: string): void {
    if (length <= this.left) return;
    throw new RangeError(`${what} of ${length} bytes where ${this.left} are left in the page`);
  }

  /** Throws as {@link require}. */
  take(length: number, what: string): Uint8Array {
    this.require(length, what);
    this.offset += length;
    return this.bytes.subarray(this.offset - length, this.offset);
  }

  byte(): number {
    this.require(1, 'a number');
    return this.bytes[this.offset++];
  }

  uint32(): number {
    this.require(4, 'a number');
    this.offset += 4;
    return this.#view.getUint32(this.offset - 4, true);
  }

  /** A number of whole bytes, at most 32 bits. */
  bits(bits: number): number {
    let value = 0;
    for (let bit = 0; bit < bits; bit += 8) value += this.byte() * 2 ** bit;
    return value;
  }

  /** A number below 2^32 whose bytes have 7 bits each. */
  varint(): number {
    const value = this.longVarint();
    if (value >= 2 ** 32) throw new RangeError('a number has more than 32 bits');
    return value;
  }

  /** The same, rounded from 2^53 on. */
  longVarint(): number {
    let value = 0;
    for (let i = 0; i < MOST_NUMBER_BYTES; i++) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) return value;
    }
    throw new RangeError(`a number has more than ${MOST_NUMBER_BYTES} bytes`);
  }
}
