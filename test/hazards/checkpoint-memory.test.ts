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

/** Bytes of typed arrays that are alive when a checkpoint has had time to be written. */
async function arrayBytes(): Promise<number> {
  await sleep(50);
  collectGarbage();
  await sleep(10);
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}

const x = Float32Array.from({ length: ROWS * INPUTS }, (_, i) => Math.sin(i));
const y = new Float32Array(ROWS * UNITS).fill(0.5);
const kinds = {
  'rows in memory': (network: Network, options: FitOptions) => network.fit(x, y, options),
  batches: (network: Network, options: FitOptions) =>
    network.fit(() => [[x, y] as const], { ...options, shuffleBuffer: 32 }),
};

/** What is held in the last epoch more than before the fit. */
async function held(fit: (typeof kinds)['batches'], options: FitOptions, backend: 'native' | 'reference') {
  const network = new Network({ inputSize: INPUTS, layers: [{ units: UNITS }], seed: 1, backend });
  const before = await arrayBytes();
  let more = 0;
  await fit(network, {
    ...options,
    onEpoch: async ({ epoch }) => {
      if (epoch === (options.resume ? 4 : 3)) more = (await arrayBytes()) - before;
    },
  });
  network.dispose();
  return more;
}

describe.each(engines)('on the %s engine', (backend) => {
  it.each(Object.entries(kinds))('a fit on %s does not hold the checkpoint', async (name, fit) => {
    const path = join(folder, backend, name);
    // What the engine holds itself.
    const own = await held(fit, { epochs: 3 }, backend);
    const written = await held(fit, { epochs: 3, checkpoint: { path, everyEpochs: 1 } }, backend);
    expect(written - own, 'that it has written').toBeLessThan(BYTES);
    const resumed = await held(fit, { epochs: 4, resume: path }, backend);
    expect(resumed - own, 'that it continues from').toBeLessThan(BYTES);
  });
});
