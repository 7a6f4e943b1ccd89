/** Safetensors files as JSON.parse and Buffer see them, without our own reader. */

import { readFile, writeFile } from 'node:fs/promises';
import type { Safetensors } from '../../src/formats/safetensors.js';

type Entry = { dtype: string; shape: number[]; data_offsets: [number, number] };

/** A file's header, and its values as bytes. */
export function splitFile(bytes: Buffer): { header: Record<string, unknown>; data: Buffer } {
  const dataStart = 8 + Number(bytes.readBigUInt64LE());
  return { header: JSON.parse(bytes.toString('utf8', 8, dataStart)), data: bytes.subarray(dataStart) };
}

/** A file with this header and these values, or as many bytes of zeros. */
export function fileOf(header: string | Uint8Array | object, data: Uint8Array | number): Buffer {
  const isText = typeof header === 'string' || header instanceof Uint8Array;
  const bytes = Buffer.from((isText ? header : JSON.stringify(header)) as string);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(bytes.length));
  return Buffer.concat([length, bytes, typeof data === 'number' ? Buffer.alloc(data) : data]);
}

/** Tensors and metadata, but for the checksums. */
export async function readPlainly(path: string): Promise<Safetensors> {
  const { header, data } = splitFile(await readFile(path));
  const { __metadata__: metadata = {}, ...entries } = header as Record<string, Entry>;
  const tensors = Object.entries(entries).map(([name, { shape, data_offsets }]) => {
    const values = new Float32Array(Uint8Array.from(data.subarray(...data_offsets)).buffer);
    return [name, { shape, values }] as const;
  });
  const texts = Object.entries(metadata as unknown as Record<string, string>);
  return {
    tensors: new Map(tensors),
    metadata: new Map(texts.filter(([key]) => !key.endsWith('Sha256'))),
  };
}

/** Changes a file as software would that knows nothing of checksums, and leaves them out. */
export async function rewriteFile(
  path: string,
  change: (header: Record<string, unknown>, data: Buffer) => void,
): Promise<void> {
  const { header, data } = splitFile(await readFile(path));
  const metadata = header.__metadata__ as Record<string, string>;
  for (const key of Object.keys(metadata)) if (key.endsWith('Sha256')) delete metadata[key];
  change(header, data);
  await writeFile(path, fileOf(header, data));
}
