/** Changes messages of protobuf: fields left out, doubled, swapped, with other numbers, lengths and ways of writing. */

import { mutateBytes } from './mutate-bytes.mjs';

const VARINTS = [
  0n,
  1n,
  127n,
  128n,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n,
  2n ** 53n,
  2n ** 63n,
  2n ** 64n - 1n,
];
const MOST_DEPTH = 8;

export function mutateProtobuf(random, bytes) {
  const fields = parse(bytes, 0);
  if (fields === undefined) return mutateBytes(random, bytes);
  for (let changes = 1 + random.below(3); changes > 0; changes--) change(random, fields);
  return write(random, fields);
}

function change(random, root) {
  let fields = root;
  while (random.chance(0.8)) {
    const nested = fields.filter((field) => field.fields !== undefined && field.fields.length > 0);
    if (nested.length === 0) break;
    ({ fields } = random.pick(nested));
  }
  if (fields.length === 0) return;
  const i = random.below(fields.length);
  const field = fields[i];
  switch (random.below(8)) {
    case 0:
      fields.splice(i, 1);
      break;
    case 1:
      fields.splice(i, 0, ...Array(1 + random.below(4)).fill(field));
      break;
    case 2:
      fields.splice(random.below(fields.length), 0, structuredClone(random.pick(root)));
      break;
    case 3:
      field.number = random.pick([0, 1, 2, 3, 7, 9, 15, 2 ** 29 - 1]);
      break;
    case 4:
      field.wire = random.below(8);
      break;
    case 5:
      // A length that is not that of what follows.
      field.length = random.pick(VARINTS);
      break;
    default:
      if (field.varint !== undefined)
        field.varint = random.pick([...VARINTS, field.varint + 1n, field.varint * 2n]);
      else if (field.bytes !== undefined) {
        field.bytes = mutateBytes(random, field.bytes);
        field.fields = undefined;
      }
  }
}

/** The fields of a message; undefined for bytes that are none. */
function parse(bytes, depth) {
  const fields = [];
  let at = 0;
  const varint = () => {
    let [value, shift] = [0n, 0n];
    for (;;) {
      if (at >= bytes.length || shift > 63n) return undefined;
      const byte = bytes[at++];
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
      shift += 7n;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    if (tag === undefined || tag >> 3n === 0n || tag > 2n ** 32n) return undefined;
    const field = { number: Number(tag >> 3n), wire: Number(tag & 7n) };
    if (field.wire === 0) {
      field.varint = varint();
      if (field.varint === undefined) return undefined;
    } else {
      const length = field.wire === 2 ? varint() : { 1: 8n, 5: 4n }[field.wire];
      if (length === undefined || BigInt(at) + length > BigInt(bytes.length)) return undefined;
      field.bytes = Buffer.from(bytes.subarray(at, at + Number(length)));
      at += Number(length);
      if (field.wire === 2 && depth < MOST_DEPTH && length > 1n) field.fields = parse(field.bytes, depth + 1);
    }
    fields.push(field);
  }
  return fields;
}

function write(random, fields) {
  const parts = fields.flatMap((field) => {
    const tag = varintBytes(BigInt(field.number) * 8n + BigInt(field.wire));
    if (field.varint !== undefined) return [tag, varintBytes(BigInt.asUintN(64, field.varint))];
    const bytes = field.fields === undefined ? field.bytes : write(random, field.fields);
    return field.wire === 2 ? [tag, varintBytes(field.length ?? BigInt(bytes.length)), bytes] : [tag, bytes];
  });
  return Buffer.concat(parts);
}

function varintBytes(value) {
  const bytes = [];
  for (let left = value; ; left >>= 7n) {
    if (left < 128n) return Buffer.from([...bytes, Number(left)]);
    bytes.push(Number(left & 127n) | 128);
  }
}
