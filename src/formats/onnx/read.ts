/** Reads the messages of an ONNX file. No file is trusted: every length is checked before it is used. */

import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { ChainruleError, reasonOf } from '../../error.js';
import { type Field, type Message, type MessageName, messages } from './fields.js';

/**
 * Messages, texts and whole numbers take many times the memory of their bytes, and time. These are what each costs, and
 * what all of a file may: far more than networks have.
 */
const COST = { message: 16, scalar: 4, integer: 1 } as const;
const MOST_COST = 2 ** 20;

/**
 * @param file - what messages call the file
 * @throws {@link ChainruleError} ERR_FILE
 */
export function readOnnx(bytes: Uint8Array, file: string): Message<'model'> {
  try {
    return new MessageReader(bytes).read('model', bytes.length);
  } catch (cause) {
    const why = reasonOf(cause);
    throw new ChainruleError('ERR_FILE', `${file} is not an ONNX model: ${why}`, { cause });
  }
}

class MessageReader {
  readonly #reader: BinaryReader;
  #cost = 0;

  constructor(bytes: Uint8Array) {
    this.#reader = new BinaryReader(bytes);
  }

  /** Messages nest only as deeply as the table of fields does. */
  read(name: MessageName, end: number): object {
    const reader = this.#reader;
    const fields = Object.entries<Field>(messages[name]);
    const message: Record<string, unknown> = {};
    while (reader.pos < end) {
      const [number, wire] = reader.tag();
      if (wire === WireType.StartGroup || wire === WireType.EndGroup) throw new Error('it has a group');
      const entry = fields.find(([, field]) => field.number === number);
      if (entry === undefined) reader.skip(wire, number);
      else this.#add(message, entry[0], entry[1], wire, end);
      if (reader.pos > end) throw new Error(`a field goes beyond the end of its ${name}`);
    }
    return message;
  }

  #add(message: Record<string, unknown>, key: string, field: Field, wire: WireType, end: number): void {
    if (field.kind === 'ints' || field.kind === 'floats') {
      message[key] ??= [];
      this.#addNumbers(message[key] as number[], field.kind, wire, end);
      return;
    }
    this.#count(field.kind in messages ? COST.message : COST.scalar);
    const value = this.#value(field.kind, wire, end);
    if (field.isList) {
      message[key] ??= [];
      (message[key] as unknown[]).push(value);
    } else {
      message[key] = value;
    }
  }

  #value(kind: Exclude<Field['kind'], 'ints' | 'floats'>, wire: WireType, end: number): unknown {
    const reader = this.#reader;
    switch (kind) {
      case 'int':
        expectWire(wire, WireType.Varint);
        return Number(reader.int64());
      case 'float':
        expectWire(wire, WireType.Bit32);
        return reader.float();
      case 'text':
        expectWire(wire, WireType.LengthDelimited);
        return reader.string();
      case 'bytes':
        expectWire(wire, WireType.LengthDelimited);
        return reader.bytes();
      default:
        expectWire(wire, WireType.LengthDelimited);
        return this.read(kind, this.#endOf(end));
    }
  }

  /** Numbers one by one, or packed. */
  #addNumbers(numbers: number[], kind: 'ints' | 'floats', wire: WireType, end: number): void {
    const reader = this.#reader;
    const single = kind === 'ints' ? WireType.Varint : WireType.Bit32;
    const next = () => {
      if (kind === 'floats') return reader.float();
      this.#count(COST.integer);
      return Number(reader.int64());
    };
    if (wire === single) {
      numbers.push(next());
      return;
    }
    expectWire(wire, WireType.LengthDelimited);
    const last = this.#endOf(end);
    while (reader.pos < last) numbers.push(next());
    if (reader.pos > last) throw new Error('a list of numbers ends within one');
  }

  /** Where a part ends whose length comes next. */
  #endOf(end: number): number {
    const length = this.#reader.uint32();
    const own = this.#reader.pos + length;
    if (own > end) throw new Error(`a part of ${length} bytes goes beyond the end of the whole`);
    return own;
  }

  #count(cost: number): void {
    this.#cost += cost;
    if (this.#cost > MOST_COST) throw new Error('it has more parts than any network');
  }
}

function expectWire(wire: WireType, expected: WireType): void {
  if (wire !== expected) throw new Error(`a field is written in the way ${wire}, expected ${expected}`);
}
