import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FitOptions, Network } from '../../src/index.js';
import { engines } from '../engines.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const INPUTS = 600;
const UNITS = 300;
const ROWS = 4;
/** Of the parameters. What is saved has two moments of the same size besides. */
const BYTES = 4 * (INPUTS + 1) * UNITS;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'chainrule-memory-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Bytes of typed arrays that are alive. */
async function arrayBytes(): Promise<number> {
  collectGarbage();
  await sleep(10);
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}

/** The same as soon as there are fewer than `enough`, which a checkpoint that is being written may delay. */
async function settledArrayBytes(enough: number): Promise<number> {
  const deadline = performance.now() + 5000;
  for (;;) {
    const bytes = await arrayBytes();
    if (bytes < enough || performance.now() > deadline) return bytes;
  }
}

const x = Float32Array.from({ length: ROWS * INPUTS }, (_, i) => Math.sin(i));
const y = new Float32Array(ROWS * UNITS).fill(0.5);
const kinds = {
  'rows in memory': (network: Network, options: FitOptions) => network.fit(x, y, options),
  batches: (network: Network, options: FitOptions) =>
    network.fit(() => [[x, y] as const], { ...options, shuffleBuffer: 32 }),
};

/** What is held in the last epoch more than before the fit, once it is less than `enough`. */
async function held(
  fit: (typeof kinds)['batches'],
  options: FitOptions,
  backend: 'native' | 'reference',
  enough = Infinity,
) {
  const network = new Network({ inputSize: INPUTS, layers: [{ units: UNITS }], seed: 1, backend });
  const before = await arrayBytes();
  let more = 0;
  await fit(network, {
    ...options,
    onEpoch: async ({ epoch }) => {
      if (epoch === options.epochs) more = (await settledArrayBytes(before + enough)) - before;
    },
  });
  network.dispose();
  return more;
}

describe.each(engines)('on the %s engine', (backend) => {
  it.each(Object.entries(kinds))('a fit on %s does not hold the checkpoint', async (name, fit) => {
    const path = join(folder, backend, name);
    // More than the engine holds itself.
    const least = (await held(fit, { epochs: 3 }, backend)) + BYTES;
    const checkpoint = { path, everyEpochs: 1 };
    const written = await held(fit, { epochs: 3, checkpoint }, backend, least);
    expect(written, 'that it has written').toBeLessThan(least);
    const resumed = await held(fit, { epochs: 4, resume: path }, backend, least);
    expect(resumed, 'that it continues from').toBeLessThan(least);
  });
});
