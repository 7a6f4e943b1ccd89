import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { crc32c } from '../../src/formats/crc32c.js';
import { type EpochRecord, MLPClassifier, Network, tensorBoard } from '../../src/index.js';
import { expectError, expectRejection } from '../errors.js';
import { irisRows, small } from '../estimators/rows.js';

const { TIME, tensorBoardCases } = (await import(
  new URL('../oracles/tensorboard-cases.mjs', import.meta.url).href
)) as { TIME: number; tensorBoardCases: Record<string, EpochRecord[]> };

/** What TensorBoard's own reader found in files of the same records: see test/oracles/tensorboard.mjs. */
const recording: {
  files: Record<string, string>;
  scalars: Record<string, Record<string, [step: number, value: number][]>>;
} = JSON.parse(await readFile(new URL('../fixtures/tensorboard.jsonl', import.meta.url), 'utf8'));

let logdir: string;
beforeAll(async () => {
  logdir = await mkdtemp(join(tmpdir(), 'chainrule-events-'));
});
afterAll(() => rm(logdir, { recursive: true }));
afterEach(() => vi.useRealTimers());

/** The bytes of the only file in each folder below `folder`. */
async function filesBelow(folder: string): Promise<Record<string, Buffer>> {
  const entries = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) =>
    entry.isFile(),
  );
  const read = entries.map(async ({ parentPath, name }) => {
    expect(name).toMatch(/^events\.out\.tfevents\.\d{10}\./);
    const run = parentPath.slice(folder.length + 1).replaceAll('\\', '/');
    return [run, await readFile(join(parentPath, name))] as const;
  });
  expect(new Set(entries.map(({ parentPath }) => parentPath)).size).toBe(entries.length);
  return Object.fromEntries(await Promise.all(read));
}

/** CRC-32C bit by bit. */
function checksum(bytes: Uint8Array): number {
  let remainder = 0xffffffffn;
  for (const byte of bytes) {
    remainder ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++)
      remainder = remainder & 1n ? (remainder >> 1n) ^ 0x82f63b78n : remainder >> 1n;
  }
  return Number(remainder ^ 0xffffffffn);
}

/** The checksum that was stored, turned back. */
function unmasked(stored: number): number {
  const turned = (stored - 0xa282ead8) >>> 0;
  return ((turned >>> 17) | (turned << 15)) >>> 0;
}

/** Fields of a message by their numbers, without any knowledge of what they mean. */
function fieldsOf(message: Buffer): Map<number, (Buffer | number)[]> {
  const fields = new Map<number, (Buffer | number)[]>();
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = message[at++];
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const key = varint();
    const type = key & 7;
    const length = type === 1 ? 8 : type === 5 ? 4 : type === 2 ? varint() : 0;
    const value = type === 0 ? varint() : message.subarray(at, at + length);
    at += length;
    fields.set(key >> 3, [...(fields.get(key >> 3) ?? []), value]);
  }
  return fields;
}

/** What an event file says, after its checksums have been checked. */
function decode(file: Buffer): { version: string; scalars: Record<string, [step: number, value: number][]> } {
  const scalars: Record<string, [number, number][]> = {};
  let version = '';
  for (let at = 0; at < file.length; ) {
    const length = Number(file.readBigUInt64LE(at));
    const message = file.subarray(at + 12, at + 12 + length);
    expect(unmasked(file.readUInt32LE(at + 8))).toBe(checksum(file.subarray(at, at + 8)));
    expect(unmasked(file.readUInt32LE(at + 12 + length))).toBe(checksum(message));
    at += 16 + length;
    const event = fieldsOf(message);
    version ||= String(event.get(3)?.[0]);
    const [step] = (event.get(2) ?? [0]) as number[];
    for (const summary of event.get(5) ?? []) {
      for (const value of fieldsOf(summary as Buffer).get(1) ?? []) {
        const parts = fieldsOf(value as Buffer);
        const tag = String(parts.get(1)?.[0]);
        const [simpleValue] = parts.get(2) as [Buffer];
        scalars[tag] = [...(scalars[tag] ?? []), [step, simpleValue.readFloatLE()]];
      }
    }
  }
  return { version, scalars };
}

describe('event files', () => {
  it('are to the byte those that TensorBoard has read', async () => {
    vi.useFakeTimers({ now: TIME, toFake: ['Date'] });
    for (const [name, records] of Object.entries(tensorBoardCases)) {
      const write = tensorBoard(join(logdir, 'recorded', name));
      for (const record of records) await write(record);
    }
    const files = await filesBelow(join(logdir, 'recorded'));
    const texts = Object.entries(files).map(([run, bytes]) => [run, bytes.toString('base64')]);
    expect(Object.fromEntries(texts)).toEqual(recording.files);
  });

  it.each(Object.entries(recording.files))(
    '%s says to another decoder what it says to TensorBoard',
    (run, text) => {
      const { version, scalars } = decode(Buffer.from(text, 'base64'));
      expect(version).toBe('brain.Event:2');
      expect(scalars).toEqual(recording.scalars[run]);
    },
  );

  it('hold what was measured', () => {
    const { 'network/train': training, 'network/validation': validation } = recording.scalars;
    const of = (field: (record: EpochRecord) => number | undefined) =>
      tensorBoardCases.network.map((record) => [record.epoch, Math.fround(field(record) ?? Number.NaN)]);
    expect(training.epoch_loss).toEqual(of(({ loss }) => loss));
    expect(validation.epoch_loss).toEqual(of(({ validationLoss }) => validationLoss));
    expect(validation.epoch_accuracy).toEqual(of(({ metrics }) => metrics.validationAccuracy));
    expect(training['layer_1/weightNorm']).toEqual(of(({ layers }) => layers?.[1].weightNorm));
  });
});

describe('as onEpoch', () => {
  it('writes the epochs of a network', async () => {
    const folder = join(logdir, 'network');
    const net = new Network({ inputSize: 1, layers: [{ units: 1, activation: 'sigmoid' }], seed: 1 });
    const x = Float32Array.from({ length: 20 }, (_, i) => Math.sin(i));
    const { epochs } = await net.fit(
      x,
      x.map((value) => Number(value > 0)),
      {
        epochs: 30,
        validationSplit: 0.2,
        onEpoch: tensorBoard(folder),
      },
    );
    const { train, validation } = await filesBelow(folder);
    expect(decode(train).scalars.epoch_loss).toEqual(
      epochs.map(({ epoch, loss }) => [epoch, Math.fround(loss)]),
    );
    expect(decode(validation).scalars.epoch_accuracy).toHaveLength(30);
  });

  it('writes the epochs of each member of an estimator', async () => {
    const folder = join(logdir, 'members');
    const classifier = new MLPClassifier({ ...small, epochs: 3, members: 2 });
    await classifier.fit(irisRows(), 'species', { onEpoch: tensorBoard(folder) });
    const files = await filesBelow(folder);
    expect(Object.keys(files).sort()).toEqual([
      'member-0/train',
      'member-0/validation',
      'member-1/train',
      'member-1/validation',
    ]);
    const { scalars } = decode(files['member-1/validation']);
    const { epochs } = classifier.history.members[1];
    expect(scalars.epoch_loss).toEqual(
      epochs.map((each) => [each.epoch, Math.fround(each.validationLoss as number)]),
    );
  });

  it('ends the fit if it cannot write', async () => {
    const file = join(logdir, 'a-file');
    await writeFile(file, '');
    const net = new Network({ inputSize: 1, layers: [{ units: 1 }], seed: 1 });
    const fit = net.fit([[1]], [1], { epochs: 1e6, onEpoch: tensorBoard(join(file, 'logs')) });
    await expectRejection(fit, 'ERR_FILE', 'could not be written');
    expectError(() => tensorBoard(''), 'ERR_OPTION', "the folder of tensorBoard is ''");
  });
});

it.each([
  ['123456789', 0xe3069283],
  ['\0'.repeat(32), 0x8a9136aa],
  ['', 0],
])('the CRC-32C of %j is that of RFC 3720', (text, expected) => {
  expect(crc32c(Buffer.from(text, 'latin1'))).toBe(expected);
});
