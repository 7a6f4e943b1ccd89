/**
 * Reads a structure of Thrift's compact protocol, as Parquet's footer and page headers are written, within bounds: lists
 * have no more elements than bytes are left, and numbers are no longer than they can be.
 */

/** By the numbers of its fields. */
export type Struct = ReadonlyMap<number, Value>;
export type Value = boolean | number | bigint | Uint8Array | Struct | readonly Value[];

/** Of fields and elements in each other. The footer of a file has about ten. */
const MOST_DEPTH = 64;
/** A byte of a number has 7 bits. */
const MOST_NUMBER_BYTES = 10;

const TYPES = {
  stop: 0,
  true: 1,
  false: 2,
  byte: 3,
  short: 4,
  int: 5,
  long: 6,
  double: 7,
  bytes: 8,
  list: 9,
  struct: 12,
} as const;

export class ThriftReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset: number;
  #left: number;

  /** @param mostValues - how many fields and elements there may be */
  constructor(bytes: Uint8Array, offset: number, mostValues: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#offset = offset;
    this.#left = mostValues;
  }

  /** Where the next structure begins. */
  get offset(): number {
    return this.#offset;
  }

  /** @throws RangeError if it is none */
  struct(depth = 0): Struct {
    if (depth > MOST_DEPTH) throw new RangeError(`structures lie ${depth} deep in each other`);
    const fields = new Map<number, Value>();
    let id = 0;
    for (;;) {
      const head = this.#byte();
      const type = head & 15;
      if (type === TYPES.stop) return fields;
      const step = head >> 4;
      id = step === 0 ? this.#int() : id + step;
      fields.set(id, this.#value(type, depth));
    }
  }

  #value(type: number, depth: number): Value {
    if (this.#left-- < 1) throw new RangeError('it has too many fields');
    switch (type) {
      case TYPES.true:
        return true;
      case TYPES.false:
        return false;
      case TYPES.byte:
        return (this.#byte() << 24) >> 24;
      case TYPES.short:
      case TYPES.int:
        return this.#int();
      case TYPES.long:
        return this.#long();
      case TYPES.double:
        return this.#view.getFloat64(this.#skip(8), true);
      case TYPES.bytes: {
        const length = this.#unsigned();
        const start = this.#skip(length);
        return this.#bytes.subarray(start, start + length);
      }
      case TYPES.list:
        return this.#list(depth + 1);
      case TYPES.struct:
        return this.struct(depth + 1);
      default:
        throw new RangeError(`a field has the unknown type ${type}`);
    }
  }

  #list(depth: number): Value[] {
    if (depth > MOST_DEPTH) throw new RangeError(`lists lie ${depth} deep in each other`);
    const head = this.#byte();
    const type = head & 15;
    const short = head >> 4;
    const length = short === 15 ? this.#unsigned() : short;
    const rest = this.#bytes.length - this.#offset;
    if (length > rest) throw new RangeError(`a list has ${length} elements where ${rest} bytes are left`);
    const isOfBooleans = type === TYPES.true || type === TYPES.false;
    return Array.from({ length }, () =>
      isOfBooleans ? this.#value(TYPES.byte, depth) === 1 : this.#value(type, depth),
    );
  }

  #byte(): number {
    return this.#bytes[this.#skip(1)];
  }

  /** Where the bytes that are passed over begin. */
  #skip(length: number): number {
    const start = this.#offset;
    if (length > this.#bytes.length - start) {
      throw new RangeError(`a field of ${length} bytes where ${this.#bytes.length - start} are left`);
    }
    this.#offset += length;
    return start;
  }

  /** Rounded from 2^53 on. */
  #unsigned(): number {
    let value = 0;
    for (let i = 0; i < MOST_NUMBER_BYTES; i++) {
      const byte = this.#byte();
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) return value;
    }
    throw new RangeError(`a number has more than ${MOST_NUMBER_BYTES} bytes`);
  }

  #int(): number {
    const value = this.#unsigned();
    if (value >= 2 ** 32) throw new RangeError('a number has more than 32 bits');
    return (value >>> 1) ^ -(value & 1);
  }

  #long(): bigint {
    const start = this.#offset;
    const rounded = this.#unsigned();
    let value = 0n;
    if (rounded < Number.MAX_SAFE_INTEGER) value = BigInt(rounded);
    else
      for (let i = start; i < this.#offset; i++)
        value |= BigInt(this.#bytes[i] & 0x7f) << BigInt(7 * (i - start));
    return (value >> 1n) ^ -(value & 1n);
  }
}

/**
 * A field that is a 32-bit number; NaN if there is none.
 *
 * @throws RangeError if it is something else, which the package may take for the number all the same
 */
export function numberOf(struct: Struct | undefined, field: number): number {
  const value = struct?.get(field) ?? Number.NaN;
  if (typeof value !== 'number') throw new RangeError(`field ${field} is no number of 32 bits`);
  return value;
}

export function structOf(struct: Struct | undefined, field: number): Struct | undefined {
  const value = struct?.get(field);
  return value instanceof Map ? value : undefined;
}

export function listOf(struct: Struct | undefined, field: number): readonly Value[] {
  const value = struct?.get(field);
  return Array.isArray(value) ? value : [];
}
