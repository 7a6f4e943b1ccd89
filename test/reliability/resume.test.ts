import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Network } from '../../src/index.js';

const x = Float32Array.from({ length: 400 }, (_, i) => Math.sin(i * 12.9898));
const y = Int32Array.from({ length: 100 }, (_, i) => i % 3);
const make = (threads = 1, backend: 'native' | 'reference' = 'native') =>
  new Network({
    inputSize: 4,
    layers: [
      { units: 12, activation: 'tanh', dropout: 0.2 },
      { units: 3, activation: 'softmax' },
    ],
    optimizer: 'adam',
    seed: 5,
    threads,
    backend,
  });
const options = {
  batchSize: 16,
  validationSplit: 0.2,
  learningRateSchedule: 'plateau',
  earlyStopping: { patience: 6 },
} as const;
it('works', async () => {
  for (const backend of ['reference'] as const) {
    const path = join(mkdtempSync(join(tmpdir(), 'cr-')), 'ck');
    const whole = make(1, backend);
    const h = await whole.fit(x, y, { ...options, epochs: 20 });
    const part = make(1, backend);
    const stop = new AbortController();
    await part.fit(x, y, {
      ...options,
      epochs: 20,
      checkpoint: { path, everyEpochs: 1 },
      signal: stop.signal,
      onEpoch: ({ epoch }) => {
        if (epoch === 4) stop.abort();
      },
    });
    console.log(readdirSync(path));
    const rest = make(2, backend);
    const seen: number[] = [];
    const h2 = await rest.fit(x, y, {
      ...options,
      epochs: 20,
      checkpoint: { path, everyEpochs: 1 },
      resume: true,
      onEpoch: ({ epoch }) => {
        seen.push(epoch);
      },
    });
    console.log(readdirSync(path), seen, h2.stoppedBy, h2.bestEpoch, h2.epochs.length);
    expect(rest.getParameters()).toEqual(whole.getParameters());
    expect(h2.epochs.map((e) => ({ ...e, seconds: 0, samplesPerSecond: 0 }))).toEqual(
      h.epochs.map((e) => ({ ...e, seconds: 0, samplesPerSecond: 0 })),
    );
    expect(h2.bestEpoch).toBe(h.bestEpoch);
  }
});
