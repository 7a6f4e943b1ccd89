/** Messages of ONNX as bytes. The same message always gives the same bytes. */

import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { type Field, type Message, type MessageName, messages } from './fields.js';

export function writeOnnx(model: Message<'model'>): Uint8Array {
  const writer = new BinaryWriter();
  writeMessage(writer, 'model', model);
  return writer.finish();
}

function writeMessage(writer: BinaryWriter, name: MessageName, message: object): void {
  const fields: Readonly<Record<string, Field>> = messages[name];
  for (const [key, field] of Object.entries(fields)) {
    const value = (message as Readonly<Record<string, unknown>>)[key];
    if (value === undefined) continue;
    for (const each of field.isList ? (value as readonly unknown[]) : [value]) {
      writeField(writer, field, each);
    }
  }
}

function writeField(writer: BinaryWriter, { number, kind }: Field, value: unknown): void {
  switch (kind) {
    case 'int':
      writer.tag(number, WireType.Varint).int64(value as number);
      break;
    case 'float':
      writer.tag(number, WireType.Bit32).float(value as number);
      break;
    case 'text':
      writer.tag(number, WireType.LengthDelimited).string(value as string);
      break;
    case 'bytes':
      writer.tag(number, WireType.LengthDelimited).bytes(value as Uint8Array);
      break;
    case 'ints':
      writer.tag(number, WireType.LengthDelimited).fork();
      for (const each of value as readonly number[]) writer.int64(each);
      writer.join();
      break;
    case 'floats':
      writer.tag(number, WireType.LengthDelimited).fork();
      for (const each of Array.from(value as ArrayLike<number>)) writer.float(each);
      writer.join();
      break;
    default:
      writer.tag(number, WireType.LengthDelimited).fork();
      writeMessage(writer, kind, value as object);
      writer.join();
  }
}
