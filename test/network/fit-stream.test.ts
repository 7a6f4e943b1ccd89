import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Dataset, MLPClassifier, MLPRegressor, Network } from '../../src/index.js';
import { engines } from '../engines.js';
import { expectRejection } from '../errors.js';
import { houses, irisRows, small } from '../estimators/rows.js';

const x = Float32Array.from({ length: 64 }, (_, i) => Math.sin(i));
const y = x.map((value, i) => value * Math.cos(i));

describe.each(engines)('fitStream of a network on the %s engine', (backend) => {
  const make = () => new Network({ inputSize: 1, layers: [{ units: 1 }], seed: 1, backend });

  it('gives the records of the fit, and the history', async () => {
    const stream = make().fitStream(x, y, { epochs: 5 });
    const records: { epoch: number; loss: number }[] = [];
    for await (const { epoch, loss } of stream) records.push({ epoch, loss });
    const { epochs, stoppedBy } = await make().fit(x, y, { epochs: 5 });
    expect(records).toEqual(epochs.map(({ epoch, loss }) => ({ epoch, loss })));
    expect(await stream.history).toMatchObject({ stoppedBy, epochs: records });
  });

  it('ends the fit when the loop is left, and keeps the weights so far', async () => {
    const net = make();
    const stream = net.fitStream(x, y, { epochs: 2 ** 31 - 1 });
    for await (const { epoch } of stream) if (epoch === 3) break;
    const { stoppedBy, epochs } = await stream.history;
    expect(stoppedBy).toBe('aborted');
    expect(epochs.length).toBeGreaterThanOrEqual(3);
    expect(net.getParameters()).not.toEqual(make().getParameters());
    await net.fit(x, y);
  });

  it('ends the fit when the loop throws, with its error', async () => {
    const net = make();
    const loop = async () => {
      for await (const _ of net.fitStream(x, y, { epochs: 2 ** 31 - 1 })) throw new Error('of the loop');
    };
    await expect(loop()).rejects.toThrow('of the loop');
    await net.fit(x, y);
  });

  it('throws what the fit throws', async () => {
    const all = async (options: object) => {
      for await (const _ of make().fitStream(x, y, options));
    };
    await expectRejection(all({ epoch: 5 }), 'ERR_OPTION', "did you mean 'epochs'?");
    const onEpoch = () => {
      throw new Error('of the callback');
    };
    await expect(all({ onEpoch })).rejects.toThrow('of the callback');
    const net = make();
    const stream = net.fitStream(x, y, { epochs: 2 ** 31 - 1 });
    await expectRejection(net.fitStream(x, y).next(), 'ERR_BUSY', 'while fit trains');
    await stream.return();
  });

  it('still calls onEpoch, and obeys the signal', async () => {
    const abort = new AbortController();
    const heard: number[] = [];
    const read: number[] = [];
    const onEpoch = ({ epoch }: { epoch: number }) => {
      heard.push(epoch);
      if (epoch === 2) abort.abort();
    };
    const stream = make().fitStream(new Dataset(x, y, { inputSize: 1 }), {
      epochs: 2 ** 31 - 1,
      onEpoch,
      signal: abort.signal,
    });
    for await (const { epoch } of stream) read.push(epoch);
    expect(read).toEqual(heard);
    expect((await stream.history).stoppedBy).toBe('aborted');
  });
});

describe('a stream of epochs', () => {
  const make = () => new Network({ inputSize: 1, layers: [{ units: 1 }], seed: 1 });

  it('keeps records until they are read', async () => {
    const net = make();
    const stream = net.fitStream(x, y, { epochs: 20 });
    await stream.history;
    await net.fit(x, y);
    const read: number[] = [];
    for await (const { epoch } of stream) {
      read.push(epoch);
      await sleep(1);
    }
    expect(read).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  });

  it('gives several readers at once the records in order', async () => {
    const stream = make().fitStream(x, y, { epochs: 3 });
    const results = await Promise.all([1, 2, 3, 4, 5].map(() => stream.next()));
    expect(results.map(({ done }) => done)).toEqual([false, false, false, true, true]);
    expect(results.slice(0, 3).map(({ value }) => (value as { epoch: number }).epoch)).toEqual([1, 2, 3]);
    expect(results[3].value).toBe(await stream.history);
    expect(results[4].value).toBeUndefined();
  });

  it('ends for readers that wait when it is left', async () => {
    const stream = make().fitStream(x, y, { epochs: 2 ** 31 - 1, batchSize: 1 });
    await stream.next();
    const waiting = Array.from({ length: 1000 }, () => stream.next());
    await stream.return();
    expect((await Promise.all(waiting)).at(-1)).toEqual({ done: true, value: undefined });
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  it('needs nobody to read it: an error that nobody reads does not end the process', async () => {
    const stream = make().fitStream(x, y, { epochs: -1 });
    await sleep(5);
    await expectRejection(stream.history, 'ERR_OPTION', 'epochs is -1');
  });

  it('can be a readable stream', async () => {
    const epochs: number[] = [];
    for await (const { epoch } of Readable.from(make().fitStream(x, y, { epochs: 4 }))) epochs.push(epoch);
    expect(epochs).toEqual([1, 2, 3, 4]);
  });
});

describe('fitStream of an estimator', () => {
  it('gives the records of each member', async () => {
    const classifier = new MLPClassifier({ ...small, epochs: 3, members: 2 });
    const stream = classifier.fitStream(irisRows(), 'species');
    const read: string[] = [];
    for await (const { member, epoch } of stream) read.push(`${member}.${epoch}`);
    expect(read.sort()).toEqual(['0.1', '0.2', '0.3', '1.1', '1.2', '1.3']);
    expect(await stream.history).toBe(classifier.history);
    const other = await new MLPClassifier({ ...small, epochs: 3, members: 2 }).fit(irisRows(), 'species');
    expect(other.predictProbability(irisRows())).toEqual(classifier.predictProbability(irisRows()));
  });

  it('leaves an estimator that predicts when the loop is left', async () => {
    const regressor = new MLPRegressor({ ...small, epochs: 1e6, members: 1 });
    const stream = regressor.fitStream(houses(200), 'price');
    for await (const { epoch } of stream) if (epoch === 2) break;
    expect((await stream.history).stoppedBy).toBe('aborted');
    expect(regressor.predict(houses(3))).toHaveLength(3);
  });
});
