/** Safetensors files for tests that change them: taken apart, put together, and sealed again. */

import { createHash } from 'node:crypto';

export const HEADER_KEY = 'chainrule.headerSha256';
export const DATA_KEY = 'chainrule.dataSha256';
const BEGINNING = `{"__metadata__":{"${HEADER_KEY}":"`;

/** @returns {{ header: object, data: Buffer }} */
export function splitFile(bytes) {
  const dataStart = 8 + bytes.readUInt32LE(0);
  return { header: JSON.parse(bytes.toString('utf8', 8, dataStart)), data: bytes.subarray(dataStart) };
}

/** A file of a header, as text, and values. */
export function joinFile(text, data) {
  const header = Buffer.from(text);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, data]);
}

/** Gives a file the checksums that it would have if it had been saved so. Its header names them first. */
export function sealFile(text, data) {
  const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
  const zeros = '0'.repeat(64);
  const sealed = text.replace('{"__metadata__":{', `${BEGINNING}${zeros}","${DATA_KEY}":"${sha256(data)}",`);
  const file = joinFile(sealed, data);
  const head = file.subarray(0, file.length - data.length);
  if (head.subarray(8).toString('latin1').startsWith(BEGINNING)) {
    head.write(sha256(head), 8 + BEGINNING.length, 'latin1');
  }
  return file;
}
