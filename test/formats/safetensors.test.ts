import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';

import { type Safetensors, writeSafetensors } from '../../src/formats/safetensors.js';
import { readMetadata, readSafetensors } from '../../src/formats/safetensors-read.js';
import { expectRejection } from '../errors.js';
import { fileOf, readPlainly, splitFile } from './plain-safetensors.js';

let path: string;
beforeAll(async () => {
  path = join(await mkdtemp(join(tmpdir(), 'chainrule-')), 'file.safetensors');
});

const content: Safetensors = {
  tensors: new Map([
    ['0.weight', { shape: [2, 3], values: Float32Array.of(1, -2, 3.5, 3.4e38, -0, 1e-40) }],
    ['empty', { shape: [0, 5], values: new Float32Array(0) }],
    ['scalar', { shape: [], values: Float32Array.of(7) }],
  ]),
  metadata: new Map([['note', 'ü "quoted" \n']]),
};

function tensor(shape: unknown, offsets: unknown, dtype: unknown = 'F32'): unknown {
  return { dtype, shape, data_offsets: offsets };
}

/** Reads all tensors of a file whose names and shapes are known. */
function readAs(shapes: Record<string, number[]>): Promise<Safetensors> {
  return readSafetensors(path, (tensors, metadata) => {
    const taken = Object.entries(shapes).map(([name, shape]) => {
      const length = shape.reduce((product, size) => product * size, 1);
      return { name, shape, values: tensors.take([{ name, shape, start: 0 }], length, { what: 'a value' }) };
    });
    return () => ({
      tensors: new Map(taken.map(({ name, shape, values }) => [name, { shape, values: values() }])),
      metadata: new Map(metadata),
    });
  });
}

/** Reads a file without tensors that it should not have. */
async function readBytes(bytes: Buffer, shapes: Record<string, number[]> = {}): Promise<Safetensors> {
  await writeFile(path, bytes);
  return readAs(shapes);
}

describe('writeSafetensors and readSafetensors', () => {
  it('are the inverse of each other', async () => {
    await writeSafetensors(path, content);
    expect(await readAs({ '0.weight': [2, 3], empty: [0, 5], scalar: [] })).toEqual(content);
    expect(await readMetadata(path)).toEqual(content.metadata);
  });

  it('keep a long text beside the tensors', async () => {
    const text = `${'long '.repeat(100_000)}\u{1f40d}`;
    await writeSafetensors(path, { ...content, metadata: new Map([['note', text]]) });
    const read = await readAs({ '0.weight': [2, 3], empty: [0, 5], scalar: [] });
    expect(read.metadata.get('note')?.trimEnd()).toBe(text);
    expect(read.tensors).toEqual(content.tensors);
    // Whoever reads files by other means finds it by its name.
    const { header, data } = splitFile(await readFile(path));
    const { dtype, data_offsets } = header.note as { dtype: string; data_offsets: [number, number] };
    expect(dtype).toBe('U8');
    expect(data.toString('utf8', ...data_offsets).trimEnd()).toBe(text);
    const weight = header['0.weight'] as { data_offsets: [number, number] };
    expect(weight.data_offsets[0] % 8).toBe(0);
  });

  it('write the format as it is specified', async () => {
    await writeSafetensors(path, content);
    const bytes = await readFile(path);
    const headerLength = Number(bytes.readBigUInt64LE());
    expect(headerLength % 8).toBe(0);
    expect(bytes).toHaveLength(8 + headerLength + 7 * 4);
    const sha256 = expect.stringMatching(/^[0-9a-f]{64}$/);
    expect(JSON.parse(bytes.toString('utf8', 8, 8 + headerLength))).toEqual({
      __metadata__: {
        'chainrule.headerSha256': sha256,
        'chainrule.dataSha256': sha256,
        note: 'ü "quoted" \n',
      },
      '0.weight': { dtype: 'F32', shape: [2, 3], data_offsets: [0, 24] },
      empty: { dtype: 'F32', shape: [0, 5], data_offsets: [24, 24] },
      scalar: { dtype: 'F32', shape: [], data_offsets: [24, 28] },
    });
    expect(bytes.readFloatLE(8 + headerLength + 8)).toBe(3.5);
  });

  it('write a part of a larger array', async () => {
    const values = Float32Array.of(0, 1, 2, 3).subarray(1, 3);
    await writeSafetensors(path, {
      tensors: new Map([['part', { shape: [2], values }]]),
      metadata: new Map(),
    });
    const { tensors } = await readPlainly(path);
    expect(tensors.get('part')?.values).toEqual(Float32Array.of(1, 2));
  });

  it('accept no more tensors than can be read again', async () => {
    const tensors = new Map(
      Array.from({ length: 4097 }, (_, i) => [`${i}`, { shape: [0], values: new Float32Array(0) }]),
    );
    await expectRejection(
      writeSafetensors(path, { tensors, metadata: new Map() }),
      'ERR_FILE',
      '4097 tensors are too many',
    );
    tensors.delete('0');
    await writeSafetensors(path, { tensors, metadata: new Map() });
    expect((await readPlainly(path)).tensors.size).toBe(4096);
    const metadata = new Map(Array.from({ length: 5 }, (_, i) => [`${i}`, 'x'.repeat(2 ** 18 - 2)]));
    await expectRejection(
      writeSafetensors(path, { tensors: new Map(), metadata }),
      'ERR_FILE',
      'the header has',
    );
  });
});

describe('readSafetensors', () => {
  it('takes tensors in any order, and no metadata', async () => {
    const header = JSON.stringify({
      b: tensor([1], [8, 12]),
      a: tensor([2], [0, 8]),
      c: tensor([0], [8, 8]),
    });
    const data = new Uint8Array(Float32Array.of(1, 2, 3).buffer);
    const { tensors, metadata } = await readBytes(fileOf(header, data), { a: [2], b: [1], c: [0] });
    expect(tensors.get('a')?.values).toEqual(Float32Array.of(1, 2));
    expect(tensors.get('b')?.values).toEqual(Float32Array.of(3));
    expect(metadata.size).toBe(0);
  });

  it('accepts names that objects inherit', async () => {
    const [first, second] = [tensor([1], [0, 4]), tensor([1], [4, 8])].map((entry) => JSON.stringify(entry));
    const header = `{"__proto__": ${first}, "constructor": ${second}}`;
    const shapes = JSON.parse('{"__proto__": [1], "constructor": [1]}');
    const { tensors } = await readBytes(fileOf(header, 8), shapes);
    expect([...tensors.keys()]).toEqual(['__proto__', 'constructor']);
    expect('dtype' in {}).toBe(false);
  });

  it.runIf(process.platform === 'linux')('refuses a pipe at once', async () => {
    const pipe = join(await mkdtemp(join(tmpdir(), 'chainrule-')), 'pipe');
    execFileSync('mkfifo', [pipe]);
    await expectRejection(readMetadata(pipe), 'ERR_FILE', 'not a regular file');
  });

  it('names a path that is missing or not a file', async () => {
    await expectRejection(
      readMetadata(`${path}.missing`),
      'ERR_FILE',
      `${path}.missing could not be read: ENOENT`,
    );
    await expectRejection(readMetadata(tmpdir()), 'ERR_FILE', 'is not a regular file');
    await expectRejection(readMetadata(undefined as never), 'ERR_FILE', 'could not be read');
  });

  const one = JSON.stringify({ a: tensor([1], [0, 4]) });
  const entry = (value: unknown) => JSON.stringify({ a: value });

  it.each<[string, Buffer, string | RegExp]>([
    ['nothing', Buffer.alloc(0), 'has 0 bytes, expected at least 8'],
    ['half a length', Buffer.alloc(7), 'has 7 bytes'],
    ['a header of no bytes', Buffer.alloc(8), 'has a header of 0 bytes'],
    [
      'a header beyond the end',
      fileOf(one, 0).subarray(0, 20),
      /has a header of \d+ bytes, expected 2 to 12/,
    ],
    ['a length of 2^64 - 1', Buffer.alloc(64, 0xff), 'has a header of 18446744073709551615 bytes'],
    ['a zip file', Buffer.from('PK\x03\x04'.padEnd(64)), 'not a safetensors file?'],
    ['a pickle', fileOf('\x80\x04\x95.', 8), "does not start with '{'"],
    ['a header of more than 1 MiB', fileOf(one.padEnd(2 ** 20 + 1), 4), 'expected 2 to 1048576'],
    ['a space before the brace', fileOf(` ${one}`, 4), "does not start with '{'"],
    ['an array', fileOf('[]', 0), "does not start with '{'"],
    ['no JSON', fileOf('{]', 0), 'is not valid JSON'],
    ['what is not UTF-8', fileOf(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 0), 'is not UTF-8'],
    ['a name twice', fileOf(`${one.slice(0, -1)},${one.slice(1)}`, 4), 'twice'],
    ['deep nesting', fileOf(entry([[[1]]]), 4), 'nested deeper than 3 levels'],
    [
      'nesting of 100,000 levels',
      fileOf(`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 0),
      'nested deeper than 3 levels',
    ],
    ['a tensor that is a number', fileOf(entry(1), 0), "has tensor 'a' that is not described by an object"],
    ['a tensor that is null', fileOf(entry(null), 0), "has tensor 'a' that is not described by an object"],
    ['float16', fileOf(entry(tensor([2], [0, 4], 'F16')), 4), 'of dtype "F16", expected "F32"'],
    ['no dtype', fileOf(entry({ shape: [1], data_offsets: [0, 4] }), 4), 'of dtype undefined'],
    ['a dtype from the prototype', fileOf('{"a": {"__proto__": {"dtype": "F32"}}}', 0), 'of dtype undefined'],
    [
      'a negative size',
      fileOf(entry(tensor([-1, -1], [0, 4])), 4),
      'whose shape is not a list of whole numbers',
    ],
    ['half a size', fileOf(entry(tensor([0.5, 2], [0, 4])), 4), 'whose shape is not'],
    ['a shape in text', fileOf(entry(tensor('1', [0, 4])), 4), 'whose shape is not'],
    [
      'a size beyond 2^53',
      fileOf('{"a":{"dtype":"F32","shape":[1e300],"data_offsets":[0,4]}}', 4),
      'whose shape',
    ],
    [
      'sizes that overflow',
      fileOf(entry(tensor([2 ** 31, 2 ** 31, 2 ** 31], [0, 4])), 4),
      'with 4 bytes of values',
    ],
    ['one offset', fileOf(entry(tensor([1], [0])), 4), 'whose data_offsets are not two whole numbers'],
    ['a negative offset', fileOf(entry(tensor([1], [-4, 0])), 4), 'whose data_offsets are not'],
    [
      'offsets the wrong way round',
      fileOf(entry(tensor([1], [4, 0])), 4),
      'with -4 bytes of values, expected 4',
    ],
    ['an end beyond the file', fileOf(entry(tensor([2], [0, 8])), 4), 'has 4 bytes of values, expected 8'],
    ['bytes at the end', fileOf(one, 5), 'has 5 bytes of values, expected 4'],
    ['a tensor that nobody takes', fileOf(one, 4), "has tensor 'a', which is none of its network's"],
    [
      'numbers at an odd offset',
      fileOf({ a: tensor([2], [0, 2], 'U8'), b: tensor([1], [2, 6]) }, 6),
      "has tensor 'b' at offset 2, expected a multiple of 4",
    ],
    [
      'a text that is not UTF-8',
      fileOf({ __metadata__: { a: '' }, a: tensor([2], [0, 2], 'U8') }, Buffer.from([0x22, 0xff])),
      "has a text 'a' that is not UTF-8",
    ],
    [
      'texts of more than 16 MiB',
      fileOf(
        {
          __metadata__: { a: '', b: '' },
          a: tensor([1], [0, 1], 'U8'),
          b: tensor([2 ** 24], [1, 1 + 2 ** 24], 'U8'),
        },
        1 + 2 ** 24,
      ),
      'has texts of more than 16777216 bytes',
    ],
    [
      'bytes in the place of numbers',
      fileOf({ a: tensor([4], [0, 4], 'U8') }, 4),
      "has tensor 'a', which is none",
    ],
    [
      'a hole',
      fileOf(JSON.stringify({ a: tensor([1], [0, 4]), b: tensor([1], [8, 12]) }), 12),
      "has tensor 'b' at offset 8, expected 4",
    ],
    [
      'an overlap',
      fileOf(JSON.stringify({ a: tensor([2], [0, 8]), b: tensor([2], [4, 12]) }), 12),
      "has tensor 'b' at offset 4, expected 8",
    ],
    [
      'the same values twice',
      fileOf(JSON.stringify({ a: tensor([1], [0, 4]), b: tensor([1], [0, 4]) }), 4),
      "has tensor 'b' at offset 0, expected 4",
    ],
    ['metadata in a list', fileOf('{"__metadata__": ["a"]}', 0), 'has __metadata__ that is not an object'],
    ['metadata that is a number', fileOf('{"__metadata__": {"a": 1}}', 0), 'that holds more than strings'],
    [
      '4,097 tensors',
      fileOf(
        JSON.stringify(Object.fromEntries(Array.from({ length: 4097 }, (_, i) => [i, tensor([0], [0, 0])]))),
        0,
      ),
      'has 4097 tensors, expected at most 4096',
    ],
  ])('refuses %s', async (_, bytes, message) => {
    await expectRejection(readBytes(bytes), 'ERR_FILE', message);
  });
});
