/** Promises 1, 2 and 3: what a file costs before it is refused, and its limits. */

import { execFile } from 'node:child_process';
import { mkdtemp, open, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { Network } from '../../src/index.js';
import { expectError, expectRejection } from '../errors.js';
import { fileOf, readPlainly, rewriteFile, splitFile } from '../formats/plain-safetensors.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chainrule-'));
});
afterAll(() => rm(folder, { recursive: true }));

const LIBRARY = new URL('../../dist/index.js', import.meta.url).href;
const MEGABYTE = 2 ** 20;

/** Loads a file in a process of its own: the error, the processor's time and by how much its memory grew. */
async function load(path: string): Promise<{ message: string; milliseconds: number; megabytes: number }> {
  const code = `import { Network } from '${LIBRARY}';
    await Network.load('${path}.missing').catch(() => {});
    const [before, used] = [process.resourceUsage().maxRSS, process.cpuUsage()];
    let message = 'loaded';
    await Network.load('${path}', { backend: 'reference' }).catch((error) => { message = error.code + ' ' + error.message; });
    const { user, system } = process.cpuUsage(used);
    const megabytes = (process.resourceUsage().maxRSS - before) / 1024;
    console.log(JSON.stringify({ message, milliseconds: (user + system) / 1000, megabytes }));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code]);
  return JSON.parse(stdout);
}

/** A file of one layer without a bias, of zeros that take no space on the disk. */
async function sparseFile(inputs: number, declared: number, more: object = {}): Promise<string> {
  const path = join(folder, 'sparse.safetensors');
  const network = { inputSize: inputs, layers: [{ units: 1, useBias: false }], optimizer: 'sgd' };
  const description = { formatVersion: 1, network, seed: 1, optimizerStep: 0 };
  const weight = { dtype: 'F32', shape: [1, declared], data_offsets: [0, 4 * declared] };
  const metadata = { chainrule: JSON.stringify(description) };
  const head = fileOf({ __metadata__: metadata, '0.weight': weight, ...more }, 0);
  await writeFile(path, head);
  await truncate(path, head.length + 4 * declared);
  return path;
}

describe('a malformed file', () => {
  it('of 3 GiB is refused by its header', async () => {
    const inputs = 3 * 2 ** 28;
    const wrongShape = await load(await sparseFile(inputs, inputs - 1));
    expect(wrongShape.message).toMatch(/ERR_FILE.*has tensor '0.weight' of shape \[1,805306367\], expected/);
    const other = { more: { dtype: 'F32', shape: [0], data_offsets: [4 * inputs, 4 * inputs] } };
    const tooMany = await load(await sparseFile(inputs, inputs, other));
    expect(tooMany.message).toMatch(/ERR_FILE.*which is none of its network's/);
    for (const { milliseconds, megabytes } of [wrongShape, tooMany]) {
      expect(milliseconds).toBeLessThan(1000);
      expect(megabytes).toBeLessThan(16);
    }
  });

  it('takes no more memory than twice its size, however late its fault is found', async () => {
    const inputs = 12 * MEGABYTE;
    const path = await sparseFile(inputs, inputs);
    const file = await open(path, 'r+');
    const { size } = await file.stat();
    await file.write(new Uint8Array(Float32Array.of(Number.NaN).buffer), 0, 4, size - 4);
    await file.close();
    const { message, milliseconds, megabytes } = await load(path);
    expect(message).toMatch(/ERR_FILE.*a parameter that is NaN/);
    expect(milliseconds).toBeLessThan(1000);
    expect(megabytes).toBeLessThan((2 * size) / MEGABYTE + 16);
    // One copy of the values is made, with what the process needs besides.
    expect(megabytes).toBeLessThan(size / MEGABYTE + 16);
  });
});

describe('limits', () => {
  const small = { inputSize: 1, layers: [{ units: 1 }], backend: 'reference' } as const;

  it('of the header are met exactly', async () => {
    const path = join(folder, 'header.safetensors');
    await new Network(small).save(path);
    await rewriteFile(path, () => {});
    const { header, data } = splitFile(await readFile(path));
    const text = JSON.stringify(header);
    for (const [length, message] of [
      [MEGABYTE, undefined],
      [MEGABYTE + 8, 'has a header of 1048584 bytes, expected 2 to'],
    ] as const) {
      await writeFile(path, fileOf(text.padEnd(length), data));
      if (message === undefined) await Network.load(path, { backend: 'reference' });
      else await expectRejection(Network.load(path), 'ERR_FILE', message);
    }
  });

  it('of the number of tensors are met by networks when they are made', async () => {
    const layers = (count: number) => Array.from({ length: count }, () => ({ units: 1, useBias: false }));
    const most = new Network({ ...small, layers: layers(1365), optimizer: 'adam' });
    const path = join(folder, 'deep.safetensors');
    await most.save(path);
    expect((await readPlainly(path)).tensors.size).toBe(4095);
    await Network.load(path, { backend: 'reference' });
    const more = () => new Network({ ...small, layers: layers(1366), optimizer: 'adam' });
    expectError(more, 'ERR_OPTION', 'layers has 1366 entries, with the optimizer');
    expectError(more, 'ERR_OPTION', '4098 tensors; expected at most 4096');
  });

  it('of the count of steps are those of whole numbers', async () => {
    const path = join(folder, 'steps.safetensors');
    await new Network(small).save(path);
    const step = (count: string) =>
      rewriteFile(path, (header) => {
        const metadata = header.__metadata__ as { chainrule: string };
        metadata.chainrule = metadata.chainrule.replace(/"optimizerStep":\d+/, `"optimizerStep":${count}`);
      });
    await step(String(2 ** 53 - 1));
    const network = await Network.load(path, { backend: 'reference' });
    network.trainBatch([[1]], [1]);
    network.trainBatch([[1]], [1]);
    await network.save(path);
    await Network.load(path, { backend: 'reference' });
    await step(String(2 ** 53));
    await expectRejection(Network.load(path), 'ERR_FILE', 'optimizerStep is 9007199254740992, expected');
  });

  it('of messages hold for whatever a file says', async () => {
    const path = join(folder, 'message.safetensors');
    const shape = Array(200_000).fill(1);
    const weight = { dtype: 'F32', shape, data_offsets: [0, 4] };
    const network = { inputSize: 1, layers: [{ units: 1, useBias: false }], optimizer: 'sgd' };
    const description = { formatVersion: 1, network, seed: 1, optimizerStep: 0 };
    const metadata = { chainrule: JSON.stringify(description) };
    await writeFile(path, fileOf({ __metadata__: metadata, '0.weight': weight }, 4));
    const long = await expectRejection(
      Network.load(path),
      'ERR_FILE',
      "has tensor '0.weight' of shape [1,1,",
    );
    expect(long.message.length).toBeLessThan(300);
    await writeFile(
      path,
      fileOf({ __metadata__: metadata, [`\u001b[2J\n${'x'.repeat(1e5)}`]: { ...weight, dtype: 'F16' } }, 4),
    );
    const control = await expectRejection(Network.load(path), 'ERR_FILE', '\\x1b[2J\\x0ax');
    expect(control.message.length).toBeLessThan(300);
  });
});
