/**
 * Records of TensorBoard's event files: messages `Event` of TensorFlow's core/util/event.proto, each in a frame of
 * length, checksum of the length, message, checksum of the message.
 */

import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { crc32c } from './crc32c.js';

/** Numbers of fields. */
const EVENT = { wallTime: 1, step: 2, fileVersion: 3, summary: 5 } as const;
const SUMMARY = { value: 1 } as const;
const VALUE = { tag: 1, simpleValue: 2 } as const;

/** The first record of a file. */
export function versionRecord(seconds: number): Uint8Array {
  return frame(
    event(seconds).tag(EVENT.fileVersion, WireType.LengthDelimited).string('brain.Event:2').finish(),
  );
}

/** A record of numbers with names at a step. */
export function scalarsRecord(
  seconds: number,
  step: number,
  scalars: Iterable<readonly [tag: string, value: number]>,
): Uint8Array {
  const writer = event(seconds).tag(EVENT.step, WireType.Varint).int64(step);
  writer.tag(EVENT.summary, WireType.LengthDelimited).fork();
  for (const [tag, value] of scalars) {
    writer.tag(SUMMARY.value, WireType.LengthDelimited).fork();
    writer.tag(VALUE.tag, WireType.LengthDelimited).string(tag);
    writer.tag(VALUE.simpleValue, WireType.Bit32).float(value);
    writer.join();
  }
  return frame(writer.join().finish());
}

/** An event with its time, in seconds since 1970. */
function event(seconds: number): BinaryWriter {
  return new BinaryWriter().tag(EVENT.wallTime, WireType.Bit64).double(seconds);
}

function frame(message: Uint8Array): Uint8Array {
  const framed = new Uint8Array(8 + 4 + message.length + 4);
  const view = new DataView(framed.buffer);
  view.setBigUint64(0, BigInt(message.length), true);
  view.setUint32(8, masked(crc32c(framed.subarray(0, 8))), true);
  framed.set(message, 12);
  view.setUint32(12 + message.length, masked(crc32c(message)), true);
  return framed;
}

/** Checksums of data that contains checksums would be weak, so these are stored turned and shifted. */
function masked(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
