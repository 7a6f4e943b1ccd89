/** Thrift's compact protocol as a tree that can be changed and written again. */

const STOP = 0;
const [TRUE, FALSE, BYTE, SHORT, INT, LONG, DOUBLE, BYTES, LIST, STRUCT] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12];

/**
 * @returns `{ struct: { id, type, value }[], end }`; values of lists are `{ type, items }`, others structures, BigInts or
 *     Buffers
 */
export function readStruct(bytes, start) {
  const reader = { bytes, offset: start };
  const struct = structAt(reader);
  return { struct, end: reader.offset };
}

function structAt(reader) {
  const fields = [];
  let id = 0;
  for (;;) {
    const head = reader.bytes[reader.offset++];
    if (head === undefined) throw new RangeError('a structure is not whole');
    if ((head & 15) === STOP) return fields;
    id = head >> 4 === 0 ? Number(unzigzag(varint(reader))) : id + (head >> 4);
    fields.push({ id, type: head & 15, value: valueAt(reader, head & 15) });
  }
}

function valueAt(reader, type) {
  switch (type) {
    case TRUE:
    case FALSE:
      return null;
    case BYTE:
      return BigInt(reader.bytes[reader.offset++]);
    case SHORT:
    case INT:
    case LONG:
      return unzigzag(varint(reader));
    case DOUBLE:
      return take(reader, 8);
    case BYTES:
      return take(reader, Number(varint(reader)));
    case LIST: {
      const head = reader.bytes[reader.offset++];
      const length = head >> 4 === 15 ? Number(varint(reader)) : head >> 4;
      return { type: head & 15, items: Array.from({ length }, () => elementAt(reader, head & 15)) };
    }
    case STRUCT:
      return structAt(reader);
    default:
      throw new RangeError(`type ${type}`);
  }
}

const elementAt = (reader, type) => valueAt(reader, type === TRUE || type === FALSE ? BYTE : type);

function take(reader, length) {
  reader.offset += length;
  return Buffer.from(reader.bytes.subarray(reader.offset - length, reader.offset));
}

function varint(reader) {
  let value = 0n;
  for (let shift = 0n; ; shift += 7n) {
    const byte = reader.bytes[reader.offset++];
    value |= BigInt(byte & 127) << shift;
    if (byte < 128) return value;
  }
}

const unzigzag = (value) => (value >> 1n) ^ -(value & 1n);
const zigzag = (value) => BigInt.asUintN(64, value < 0n ? -2n * value - 1n : 2n * value);

export function writeVarint(value) {
  const bytes = [];
  for (let left = BigInt(value); ; left >>= 7n) {
    if (left < 128n) return Buffer.from([...bytes, Number(left)]);
    bytes.push(Number(left & 127n) | 128);
  }
}

/** A field may have `written`, a length that is not its own. */
export function writeStruct(fields) {
  const parts = [];
  let before = 0;
  for (const { id, type, value, written } of fields) {
    const step = id - before;
    if (step > 0 && step < 16) parts.push(Buffer.from([(step << 4) | type]));
    else parts.push(Buffer.from([type]), writeVarint(zigzag(BigInt(id))));
    parts.push(writeValue(type, value, written));
    before = id;
  }
  return Buffer.concat([...parts, Buffer.from([STOP])]);
}

function writeValue(type, value, written) {
  switch (type) {
    case TRUE:
    case FALSE:
      return Buffer.alloc(0);
    case BYTE:
      return Buffer.from([Number(value & 255n)]);
    case SHORT:
    case INT:
    case LONG:
      return writeVarint(zigzag(value));
    case DOUBLE:
      return value;
    case BYTES:
      return Buffer.concat([writeVarint(written ?? value.length), value]);
    case LIST: {
      const length = written ?? value.items.length;
      const head = Buffer.from([((length < 15 ? Number(length) : 15) << 4) | value.type]);
      const elements = value.items.map((item) =>
        writeValue(value.type === TRUE || value.type === FALSE ? BYTE : value.type, item),
      );
      return Buffer.concat([head, length < 15 ? Buffer.alloc(0) : writeVarint(length), ...elements]);
    }
    default:
      return writeStruct(value);
  }
}

export const field = (struct, id) => struct.find((each) => each.id === id);

/** All fields of a structure and of those within it. */
export function allFields(struct, found = []) {
  for (const each of struct) {
    found.push({ struct, field: each });
    if (each.type === STRUCT) allFields(each.value, found);
    if (each.type === LIST && each.value.type === STRUCT) {
      for (const item of each.value.items) allFields(item, found);
    }
  }
  return found;
}

export const IS_NUMBER = new Set([BYTE, SHORT, INT, LONG]);
export const HAS_LENGTH = new Set([BYTES, LIST]);
