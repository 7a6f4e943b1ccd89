import { AsyncLocalStorage } from 'node:async_hooks';
import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type EpochEvent,
  type FileEvent,
  type FitEvent,
  loadEstimator,
  MLPClassifier,
  Network,
} from '../../src/index.js';
import { expectRejection } from '../errors.js';
import { irisRows, small } from '../estimators/rows.js';

const NAMES = ['fit:start', 'fit:end', 'fit:error', 'epoch', 'load', 'save'].map(
  (name) => `chainrule:${name}`,
);

type Message = FitEvent & EpochEvent & FileEvent;
let stop = () => {};
afterEach(() => stop());

/** All messages from now on, with their channels. */
function watch(names: readonly string[] = NAMES): [name: string, message: Message][] {
  const heard: [string, Message][] = [];
  const listener = (message: unknown, name: string | symbol) => {
    heard.push([String(name).replace('chainrule:', ''), message as Message]);
  };
  for (const name of names) subscribe(name, listener);
  stop = () => {
    for (const name of names) unsubscribe(name, listener);
  };
  return heard;
}

const x = Float32Array.from({ length: 16 }, (_, i) => Math.sin(i));
const make = () => new Network({ inputSize: 1, layers: [{ units: 1 }], seed: 1 });
const file = join(tmpdir(), `chainrule-${process.pid}-diagnostics.safetensors`);
afterEach(() => rm(file, { force: true }));

describe('a fit of a network', () => {
  it('tells of its start, its epochs and its end', async () => {
    const heard = watch();
    const net = make();
    const history = await net.fit(x, x, { epochs: 2 });
    expect(heard.map(([name]) => name)).toEqual(['fit:start', 'epoch', 'epoch', 'fit:end']);
    const [[, start], [, first], , [, end]] = heard;
    expect(start).toMatchObject({ kind: 'Network', method: 'fit' });
    expect(start.model).toBe(net);
    expect(first.fit).toBe(start);
    expect(first.record).toEqual(history.epochs[0]);
    expect(end).toBe(start);
    expect(end.history).toBe(history);
  });

  it('tells of its error', async () => {
    const heard = watch();
    const error = await expectRejection(make().fit(x, x, { epochs: 0 }), 'ERR_OPTION', 'epochs is 0');
    expect(heard.map(([name]) => name)).toEqual(['fit:start', 'fit:error']);
    expect(heard[1][1].error).toBe(error);
  });

  it('tells of epochs those who listen to nothing else, beside onEpoch', async () => {
    const heard = watch(['chainrule:epoch']);
    const epochs: number[] = [];
    await make().fit(x, x, { epochs: 2, onEpoch: ({ epoch }) => epochs.push(epoch) });
    expect(heard.map(([, { record }]) => record.epoch)).toEqual([1, 2]);
    expect(epochs).toEqual([1, 2]);
  });

  it('lets a tracer bind a store to its start', async () => {
    const storage = new AsyncLocalStorage<string>();
    const start = channel('chainrule:fit:start');
    start.bindStore(storage, (event) => `span of ${(event as FitEvent).kind}`);
    stop = () => start.unbindStore(storage);
    let seen: string | undefined;
    const order = () => {
      seen = storage.getStore();
      return [0, 1];
    };
    await make().fit(x, x, { order });
    expect(seen).toBe('span of Network');
  });
});

it('a fit of an estimator tells of itself and of each member', async () => {
  const heard = watch();
  const classifier = await new MLPClassifier({ ...small, epochs: 2, members: 2 }).fit(irisRows(), 'species');
  const of = (name: string) => heard.flatMap(([own, message]) => (own === name ? message : []));
  const [estimator, ...members] = of('fit:start');
  expect(estimator).toMatchObject({ kind: 'MLPClassifier', method: 'fit' });
  expect(estimator.model).toBe(classifier);
  expect(members.map(({ kind, member }) => [kind, member]).sort()).toEqual([
    ['Network', 0],
    ['Network', 1],
  ]);
  for (const { parent } of members) expect(parent).toBe(estimator);
  expect(
    of('epoch')
      .map(({ fit, record }) => `${fit.member}.${record.epoch}`)
      .sort(),
  ).toEqual(['0.1', '0.2', '1.1', '1.2']);
  expect(of('fit:end').at(-1)).toBe(estimator);
  expect(estimator.history).toBe(classifier.history);
  await classifier.partialFit(irisRows(), 'species');
  expect(of('fit:start').slice(3)).toMatchObject([
    { kind: 'MLPClassifier', method: 'partialFit' },
    { kind: 'Network', member: 0, parent: { method: 'partialFit' } },
    { kind: 'Network', member: 1, parent: { method: 'partialFit' } },
  ]);
});

describe('files', () => {
  it('are told of when they are written and read', async () => {
    const net = make();
    const classifier = await new MLPClassifier({ ...small, epochs: 1, members: 1 }).fit(
      irisRows(),
      'species',
    );
    const heard = watch();
    await net.save(file);
    const loaded = await Network.load(file);
    await classifier.save(file);
    const estimator = await loadEstimator(file);
    expect(heard.map(([name, { kind, path }]) => [name, kind, path])).toEqual([
      ['save', 'Network', file],
      ['load', 'Network', file],
      ['save', 'MLPClassifier', file],
      ['load', 'MLPClassifier', file],
    ]);
    expect(heard.map(([, { model }]) => model)).toEqual([net, loaded, classifier, estimator]);
    for (const [, { milliseconds }] of heard) expect(milliseconds).toBeGreaterThan(0);
  });

  it('are told of when they cannot be', async () => {
    const heard = watch();
    const missing = await expectRejection(Network.load(file), 'ERR_FILE', file);
    const unwritten = await expectRejection(make().save(join(file, 'no')), 'ERR_FILE', file);
    expect(heard.map(([name, { error }]) => [name, error])).toEqual([
      ['load', missing],
      ['save', unwritten],
    ]);
    expect(heard[0][1]).not.toHaveProperty('model');
  });
});
