/**
 * Two SHA-256 in the metadata of a file: one of the values, one of all that comes before them, with zeros in the place
 * of its own digits. They are the first two texts of the metadata, so a file that has them begins in one way, and is
 * known also if a byte of that beginning is damaged.
 */

import type { Hash } from 'node:crypto';
import { LENGTH_BYTES, METADATA, malformed } from './safetensors-header.js';

const HEADER_KEY = 'chainrule.headerSha256';
const DATA_KEY = 'chainrule.dataSha256';
const DIGITS = 64;
const NO_DIGITS = '0'.repeat(DIGITS);
const BEGINNING = new TextEncoder().encode(`{"${METADATA}":{"${HEADER_KEY}":"`);
const DIGITS_AT = LENGTH_BYTES + BEGINNING.length;
/** Other files differ from this beginning in more bytes. */
const MOST_DAMAGED = 4;

/** So many bytes at the beginning of a file show whether it has checksums. */
export const BEGINNING_BYTES = DIGITS_AT;

/** Loaded when it is needed: it takes milliseconds. */
export async function newHash(): Promise<Hash> {
  const { createHash } = await import('node:crypto');
  return createHash('sha256');
}

/** The texts that come first in the metadata of a file whose values have the hash `data`. */
export function checksumFields(data: Hash): [string, string][] {
  return [
    [HEADER_KEY, NO_DIGITS],
    [DATA_KEY, data.digest('hex')],
  ];
}

/** Writes the hash of a file's beginning, `bytes`, into it. */
export async function sealHeader(bytes: Uint8Array): Promise<void> {
  const digest = (await newHash()).update(bytes).digest('hex');
  bytes.set(new TextEncoder().encode(digest), DIGITS_AT);
}

/** Whether a file that begins with `bytes` was written with checksums, even if some of these bytes are damaged. */
export function hasChecksums(bytes: Uint8Array): boolean {
  const differing = BEGINNING.filter((byte, i) => bytes[LENGTH_BYTES + i] !== byte);
  return differing.length <= MOST_DAMAGED;
}

/** Whether the hash of a file's beginning is the one that it names. */
export async function isHeaderWhole(bytes: Uint8Array): Promise<boolean> {
  const named = new TextDecoder('latin1').decode(bytes.subarray(DIGITS_AT, DIGITS_AT + DIGITS));
  const hash = await newHash();
  hash
    .update(bytes.subarray(0, DIGITS_AT))
    .update(NO_DIGITS)
    .update(bytes.subarray(DIGITS_AT + DIGITS));
  return hash.digest('hex') === named;
}

/**
 * Takes the checksums out of the metadata.
 *
 * @param isSealed whether the header's checksum was found right
 * @returns that of the values; undefined for a file without checksums
 * @throws {@link ChainruleError} ERR_FILE if other software has kept the checksums in a file that it wrote
 */
export function takeDataChecksum(
  metadata: Map<string, string>,
  isSealed: boolean,
  path: string,
): string | undefined {
  const digest = metadata.get(DATA_KEY);
  const isNamed = digest !== undefined || metadata.has(HEADER_KEY);
  metadata.delete(HEADER_KEY);
  metadata.delete(DATA_KEY);
  if (isNamed && !isSealed) {
    throw malformed(
      path,
      'was changed or damaged after it was saved: its checksums are those of another file; ' +
        `software that changes a file leaves '${HEADER_KEY}' and '${DATA_KEY}' out of the metadata`,
    );
  }
  return digest;
}
