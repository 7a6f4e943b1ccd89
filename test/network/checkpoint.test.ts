import { mkdirSync, mkdtempSync, readdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import {
  type FitOptions,
  MLPClassifier,
  MLPRegressor,
  Network,
  type NetworkOptions,
  tensorBoard,
} from '../../src/index.js';
import { engines } from '../engines.js';
import { expectRejection } from '../errors.js';

const ROWS = 40;
const x = Float32Array.from({ length: 2 * ROWS }, (_, i) => Math.sin(i * i));
const y = Float32Array.from({ length: ROWS }, (_, i) => Math.cos(i));
const newFolder = () => join(mkdtempSync(join(tmpdir(), 'chainrule-')), 'checkpoints');

const make = (changes: Partial<NetworkOptions> = {}) =>
  new Network({
    inputSize: 2,
    layers: [{ units: 5, activation: 'tanh' }, { units: 1 }],
    seed: 1,
    threads: 1,
    ...changes,
  });

/** Fits until so many epochs have ended. */
async function fitUntil(last: number, options: FitOptions, net = make()) {
  const stop = new AbortController();
  const onEpoch = ({ epoch }: { epoch: number }) => {
    if (epoch === last) stop.abort();
  };
  const history = await net.fit(x, y, { ...options, signal: stop.signal, onEpoch });
  expect(history.stoppedBy).toBe('aborted');
  return history;
}

/** A folder with the checkpoint of a fit of ten epochs that was stopped after four. */
async function stopped(options: FitOptions = {}) {
  const path = newFolder();
  await fitUntil(4, { epochs: 10, checkpoint: { path }, ...options });
  return path;
}

describe('resume: true', () => {
  it('begins where there is no checkpoint, goes on where there is one, and gives the end of what has ended', async () => {
    const whole = make();
    await whole.fit(x, y, { epochs: 10 });
    const path = newFolder();
    const options = { epochs: 10, checkpoint: { path }, resume: true };
    await fitUntil(3, options);
    const trained: number[] = [];
    for (const expected of [[4, 5, 6, 7, 8, 9, 10], []]) {
      const net = make();
      const onEpoch = ({ epoch }: { epoch: number }) => void trained.push(epoch);
      const history = await net.fit(x, y, { ...options, onEpoch });
      expect(trained.splice(0)).toEqual(expected);
      expect(net.getParameters()).toEqual(whole.getParameters());
      expect([history.stoppedBy, history.epochs.length]).toEqual(['epochs', 10]);
    }
  });

  it('needs a seed that a further process has as well', async () => {
    const { seed: _, ...unseeded } = { inputSize: 2, layers: [{ units: 1 }], seed: 1 } as const;
    const net = new Network(unseeded);
    const options = { checkpoint: { path: newFolder() }, resume: true };
    await expectRejection(net.fit(x, y, options), 'ERR_OPTION', 'needs a seed that was given');
    const estimator = new MLPRegressor();
    await expectRejection(estimator.fit([{ a: 1, b: 2 }], 'b', options), 'ERR_OPTION', 'needs a seed');
  });
});

describe('a folder', () => {
  it('with checkpoints is not taken for another fit', async () => {
    const path = await stopped();
    const before = readdirSync(path);
    const fit = make().fit(x, y, { epochs: 10, checkpoint: { path } });
    await expectRejection(fit, 'ERR_FILE', 'has checkpoints of a fit already');
    const other = make().fit(x, y, { epochs: 10, checkpoint: { path }, resume: await stopped() });
    await expectRejection(other, 'ERR_FILE', 'has checkpoints of a fit already');
    expect(readdirSync(path)).toEqual(before);
  });

  it('is for one fit at a time', async () => {
    const checkpoint = { path: newFolder() };
    const first = make().fit(x, y, { epochs: 5, checkpoint });
    await expectRejection(make().fit(x, y, { checkpoint }), 'ERR_BUSY', 'each needs a folder of its own');
    await first;
  });

  it('is one folder, whatever leads to it', async () => {
    const path = newFolder();
    mkdirSync(path);
    symlinkSync(path, `${path}-link`);
    const first = make().fit(x, y, { epochs: 5, checkpoint: { path } });
    await expectRejection(make().fit(x, y, { checkpoint: { path: `${path}-link` } }), 'ERR_BUSY', 'a folder');
    await first;
  });

  it('is made with the folders above it', async () => {
    const path = join(newFolder(), 'a', 'b');
    await make().fit(x, y, { epochs: 1, checkpoint: { path } });
    expect(readdirSync(path)).toEqual(['checkpoint-1.safetensors']);
    const below = make().fit(x, y, { checkpoint: { path: join(path, 'checkpoint-1.safetensors', 'c') } });
    await expectRejection(below, 'ERR_FILE', 'could not be made a folder: ENOTDIR');
  });

  it.runIf(process.platform === 'linux')('is refused at once where no folder can be made', async () => {
    const fit = make().fit(x, y, { checkpoint: { path: '/proc/chainrule/checkpoints' } });
    await expectRejection(fit, 'ERR_FILE', '/proc/chainrule/checkpoints could not be made a folder: ENOENT');
    const board = tensorBoard('/proc/chainrule/log');
    await expectRejection(make().fit(x, y, { epochs: 1, onEpoch: board }), 'ERR_FILE', 'ENOENT');
  });

  it('is followed by others whatever its number', async () => {
    const path = await stopped();
    const newest = readdirSync(path).sort().at(-1)!;
    renameSync(join(path, newest), join(path, 'checkpoint-999999999999999.safetensors'));
    await fitUntil(8, { epochs: 10, checkpoint: { path }, resume: true });
    expect(await make().fit(x, y, { epochs: 10, checkpoint: { path }, resume: true })).toMatchObject({
      epochs: { length: 10 },
    });
    expect(readdirSync(path)).toContain('checkpoint-1000000000000001.safetensors');
  });

  it('without a checkpoint is nothing to resume from', async () => {
    await expectRejection(make().fit(x, y, { resume: newFolder() }), 'ERR_FILE', 'no checkpoint to resume');
  });

  it('may be another one than that of the fit before', async () => {
    const from = await stopped();
    const path = newFolder();
    await make().fit(x, y, { epochs: 10, resume: from, checkpoint: { path } });
    expect(readdirSync(path)).toEqual(['checkpoint-1.safetensors']);
  });

  it('keeps all of its own where the fit before left a damaged one', async () => {
    const from = newFolder();
    await fitUntil(4, { epochs: 10, checkpoint: { path: from, everyEpochs: 1, keep: 5 } });
    const [newest] = readdirSync(from).sort().reverse();
    writeFileSync(join(from, newest), 'damaged');
    const path = newFolder();
    const written = () => readdirSync(path).filter((name) => name.startsWith('checkpoint-')).length;
    let heard = 0;
    // Slow enough for one checkpoint after each epoch.
    const onEpoch = async () => {
      for (let tries = 0; tries < 100 && written() < heard; tries++) await sleep(10);
      await sleep(20);
      heard++;
    };
    await make().fit(x, y, {
      epochs: 10,
      resume: from,
      onEpoch,
      checkpoint: { path, everyEpochs: 1, keep: 9 },
    });
    const own = readdirSync(path);
    expect(own.length).toBeGreaterThan(4);
    expect(own.sort()).toEqual(own.map((_, i) => `checkpoint-${i + 1}.safetensors`));
  });
});

describe('a fit that differs from that of the checkpoint', () => {
  it.each<[string, RegExp, FitOptions, Partial<NetworkOptions>?]>([
    ['batch', /batchSize is 8 here and 32 there$/, { batchSize: 8 }],
    ['seed', /with the seed 1, and this one's is 2/, {}, { seed: 2 }],
    [
      'layers',
      /layers\[0\]\.units is 6 here and 5 there/,
      {},
      { layers: [{ units: 6, activation: 'tanh' }, { units: 1 }] },
    ],
    ['optimizer', /optimizer.*momentum/, {}, { optimizer: 'momentum' }],
    ['order of rows', /sampling is "sequential" here and "shuffle" there/, { shuffle: false }],
    ['rows held out', /validationRows is 8 here and 0 there/, { validationSplit: 0.2 }],
    ['schedule', /learningRateSchedule has other values/, { learningRateSchedule: 'cosine' }],
    ['epochs', /epochs is 3, and .* has trained for 4 already/, { epochs: 3 }],
  ])('by its %s says so', async (_, words, options, network) => {
    const path = await stopped();
    const fit = make(network).fit(x, y, { epochs: 10, resume: path, ...options });
    await expectRejection(fit, 'ERR_OPTION', words);
  });

  it('by its data says which', async () => {
    const path = await stopped();
    const other = x.map((value, i) => (i === 79 ? value + 1e-3 : value));
    const weights = new Float32Array(ROWS).fill(2);
    const differing: [string, Float32Array, Float32Array, FitOptions?][] = [
      ['fit, which this one would not continue: x has other values', other, y],
      ['y has other values', x, x.subarray(0, ROWS)],
      ['sampleWeight has other', x, y, { sampleWeight: weights }],
      ['rows is 20 here and 40', x.subarray(0, 40), y.subarray(0, 20)],
    ];
    for (const [words, ownX, ownY, more] of differing) {
      const fit = make().fit(ownX, ownY, { epochs: 10, resume: path, ...more });
      await expectRejection(fit, 'ERR_DATA', words);
    }
  });

  it('by its batches says so before it trains on them', async () => {
    const path = newFolder();
    const batches = (shift: number) =>
      async function* () {
        yield [x.map((value) => value + shift), y] as const;
      };
    const stop = new AbortController();
    const onEpoch = ({ epoch }: { epoch: number }) => {
      if (epoch === 3) stop.abort();
    };
    const options = { epochs: 6 };
    await make().fit(batches(0), { ...options, checkpoint: { path }, signal: stop.signal, onEpoch });
    const net = make();
    await expectRejection(net.fit(batches(1), { ...options, resume: path }), 'ERR_DATA', 'the first batches');
    const whole = make();
    await whole.fit(batches(0), options);
    await net.fit(batches(0), { ...options, resume: path });
    expect(net.getParameters()).toEqual(whole.getParameters());
  });

  it('is an estimator of another kind or with other members', async () => {
    const path = newFolder();
    const rows = Array.from(x.subarray(0, ROWS), (a, i) => ({ a, b: i % 2 ? 'odd' : 'even', c: y[i] }));
    const few = { hiddenLayers: [2], epochs: 2, seed: 1 };
    await new MLPClassifier({ ...few, members: 2 }).fit(rows, 'b', { checkpoint: { path } });
    const three = new MLPClassifier({ ...few, members: 3 }).fit(rows, 'b', { resume: path });
    await expectRejection(three, 'ERR_OPTION', 'is of 2 networks, and this fit trains 3');
    const regressor = new MLPRegressor({ ...few, members: 2 }).fit(rows, 'c', { resume: path });
    await expectRejection(
      regressor,
      'ERR_OPTION',
      'is of the fit of a MLPClassifier, and this is one of a MLPRegressor',
    );
  });
});

describe.each(engines)('more epochs, %s engine', (backend) => {
  it.each<[string, FitOptions]>([
    ['after an interruption', {}],
    ['after the last one', {}],
    ['after the last one, with its best restored', { earlyStopping: { monitor: 'loss', patience: 100 } }],
    ['of a schedule that knows no end', { learningRateSchedule: (epoch) => 0.1 / epoch }],
  ])('%s come to what they would have come to at once', async (when, options) => {
    const path = newFolder();
    const whole = make({ backend });
    await whole.fit(x, y, { ...options, epochs: 9 });
    const checkpoint = { path };
    if (when.startsWith('after the last'))
      await make({ backend }).fit(x, y, { ...options, epochs: 6, checkpoint });
    else await fitUntil(4, { ...options, epochs: 6, checkpoint }, make({ backend }));
    const net = make({ backend });
    await net.fit(x, y, { ...options, epochs: 9, resume: path });
    expect(net.getParameters()).toEqual(whole.getParameters());
  });

  it('are refused where the schedule depends on their number', async () => {
    const path = await stopped({ learningRateSchedule: 'cosine' });
    const options: FitOptions = { epochs: 12, learningRateSchedule: 'cosine', resume: path };
    const words = 'epochs is 12 here and 10 there, on which learningRateSchedule depends';
    await expectRejection(make().fit(x, y, options), 'ERR_OPTION', words);
  });
});

it('by time, checkpoints come while a fit goes on', async () => {
  const path = newFolder();
  const found = new Set<string>();
  const net = make();
  await net.fit(x, y, {
    epochs: 40,
    checkpoint: { path, everyMs: 5, keep: 1 },
    onEpoch: async () => {
      await new Promise((resolve) => setTimeout(resolve, 10));
      for (const name of readdirSync(path)) found.add(name);
    },
  });
  expect(found.size).toBeGreaterThan(3);
  const whole = make();
  await whole.fit(x, y, { epochs: 40 });
  expect(net.getParameters()).toEqual(whole.getParameters());
});

it('a fit that its time limit ends can be continued', async () => {
  const path = newFolder();
  const options: FitOptions = { epochs: 400, resume: true, checkpoint: { path } };
  const whole = make();
  await whole.fit(x, y, { epochs: 400 });
  const slowly = () => new Promise((resolve) => setTimeout(resolve, 1));
  const { stoppedBy } = await make().fit(x, y, { ...options, maxTimeMs: 60, onEpoch: slowly });
  expect(stoppedBy).toBe('maxTime');
  const net = make();
  expect((await net.fit(x, y, options)).stoppedBy).toBe('epochs');
  expect(net.getParameters()).toEqual(whole.getParameters());
});

it('another engine goes on with a warning that its last digits differ', async () => {
  const path = newFolder();
  await fitUntil(4, { epochs: 10, checkpoint: { path } }, make({ backend: 'native' }));
  const warned = new Promise<Error & { code?: string }>((resolve) => process.once('warning', resolve));
  const net = make({ backend: 'reference' });
  expect((await net.fit(x, y, { epochs: 10, resume: path })).epochs).toHaveLength(10);
  expect(await warned).toMatchObject({
    code: 'CHAINRULE_OTHER_ENGINE',
    message: expect.stringContaining('backend is reference and was native'),
  });
});

it('a network that is disposed of ends its fit and leaves a checkpoint', async () => {
  const path = newFolder();
  const net = make();
  const onEpoch = ({ epoch }: { epoch: number }) => {
    if (epoch === 3) net.dispose();
  };
  const { stoppedBy, epochs } = await net.fit(x, y, { epochs: 10, checkpoint: { path }, onEpoch });
  expect([stoppedBy, epochs.length]).toEqual(['aborted', 3]);
  const rest = await make().fit(x, y, { epochs: 10, resume: path });
  expect(rest.epochs).toHaveLength(10);
});

it('fitStream goes on as fit does', async () => {
  const path = await stopped();
  const seen: number[] = [];
  for await (const { epoch } of make().fitStream(x, y, { epochs: 10, resume: path })) seen.push(epoch);
  expect(seen).toEqual([5, 6, 7, 8, 9, 10]);
});
