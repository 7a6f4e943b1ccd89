import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadNativeBackend } from '../../src/engine/native/native.js';
import { MLPClassifier, MLPRegressor, ModelHandle, Network } from '../../src/index.js';
import { engines } from '../engines.js';
import { expectError, expectRejection } from '../errors.js';
import { houses, irisRows, small } from '../estimators/rows.js';

let folder: string;
const file = (name: string) => join(folder, `${name}.safetensors`);

/** A network whose every output is `value`, wide enough for its products to take a while. */
function constantNetwork(value: number): Network {
  const net = new Network({
    inputSize: 32,
    layers: [{ units: 64, activation: 'relu' }, { units: 3 }],
    seed: 1,
  });
  const [hidden, last] = net.getParameters();
  net.setParameters([hidden, { weight: last.weight.fill(0), bias: last.bias.fill(value) }]);
  return net;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chainrule-handle-'));
  for (const version of [1, 2, 3]) {
    const net = constantNetwork(version);
    await net.save(file(`constant-${version}`));
    net.dispose();
  }
  const classifier = await new MLPClassifier({ ...small, epochs: 2 }).fit(irisRows(), 'species');
  await classifier.save(file('iris'));
  classifier.dispose();
});
afterAll(() => rm(folder, { recursive: true }));

/** Waits until `condition` holds. */
async function until(condition: () => boolean): Promise<void> {
  const end = performance.now() + 20_000;
  while (!condition()) {
    if (performance.now() > end) throw new Error('waited too long');
    await sleep(5);
  }
}

describe('under load', () => {
  it('drops no request, answers each by one model, and frees the others', async () => {
    const held = engines.includes('native') ? () => loadNativeBackend().memory().bytes : () => 0;
    const before = held();
    const handle = await ModelHandle.load<Network>(file('constant-1'));
    const afterOne = held();
    const x = new Float32Array(32 * 40).fill(1);
    const versions = new Set<number>();
    let answers = 0;
    let mixed = 0;
    const request = async () => {
      const outputs = await handle.predictAsync(x);
      answers++;
      versions.add(outputs[0]);
      if (outputs.length !== 120 || outputs.some((value) => value !== outputs[0])) mixed++;
    };
    const requests: Promise<void>[] = [];
    for (let swap = 0; swap < 40; swap++) {
      for (let i = 0; i < 50; i++) requests.push(request());
      const swapped = handle.swap(file(`constant-${(swap % 3) + 1}`));
      for (let i = 0; i < 50; i++) requests.push(request());
      await swapped;
    }
    await Promise.all(requests);
    expect({ answers, mixed, version: handle.version }).toEqual({ answers: 4000, mixed: 0, version: 41 });
    expect([...versions].sort()).toEqual([1, 2, 3]);
    // What the last one has reserved for so many rows is its own.
    expect(held()).toBeLessThan(2 * afterOne + 2 ** 20);
    handle.close();
    expect(held()).toBe(before);
  });

  it('keeps a model until the last of its uses ends', async () => {
    const handle = new ModelHandle(constantNetwork(1));
    const first = handle.model;
    const x = new Float32Array(32);
    let goOn = () => {};
    const told = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const slow = handle.use(async (model, version) => {
      await told;
      return [version, model.predict(x)[0]];
    });
    expect(await handle.swap(constantNetwork(2))).toBe(2);
    expect(handle.predict(x)[0]).toBe(2);
    expect(first.predict(x)[0]).toBe(1);
    goOn();
    expect(await slow).toEqual([1, 1]);
    expectError(() => first.predict(x), 'ERR_DISPOSED', 'disposed');
    handle.close();
  });

  it('swaps in the order in which that was asked for', async () => {
    const handle = new ModelHandle(constantNetwork(9));
    const order: number[] = [];
    const swaps = [1, 2, 3].map((n) =>
      handle.swap(file(`constant-${n}`)).then((version) => order.push(version)),
    );
    await Promise.all(swaps);
    expect(order).toEqual([2, 3, 4]);
    expect(handle.predict(new Float32Array(32))[0]).toBe(3);
    handle.close();
  });
});

describe('a swap', () => {
  it('is of estimators, too', async () => {
    const make = (add: number) =>
      new MLPRegressor({ ...small, epochs: 2, members: 1 }).fit(
        houses(60),
        houses(60).map(({ price }) => price + add),
      );
    const handle = new ModelHandle(await make(0));
    const rows = houses(50);
    const early = handle.predictAsync(rows);
    await handle.swap(await make(10_000));
    expect(Math.max(...(await early))).toBeLessThan(1000);
    expect(Math.min(...(await handle.predictAsync(rows)))).toBeGreaterThan(10_000);
    handle.close();
  });

  it.each<[string, () => unknown, string, string]>([
    ['a file that is missing', () => file('none'), 'ERR_FILE', 'none.safetensors'],
    [
      'a model of another kind',
      () => file('constant-1'),
      'ERR_OPTION',
      "kind 'Network', expected 'MLPClassifier'",
    ],
    ['an estimator that was not fitted', () => new MLPClassifier(), 'ERR_UNFITTED', 'before fit'],
    ['neither a path nor a model', () => 3, 'ERR_OPTION', 'the path of swap is 3'],
  ])('refuses %s, and the model before stays', async (_, next, code, part) => {
    const handle = await ModelHandle.load<MLPClassifier>(file('iris'));
    const { model } = handle;
    await expectRejection(handle.swap(next() as string), code as 'ERR_FILE', part);
    expect(handle.model).toBe(model);
    expect(handle.predict(irisRows())).toHaveLength(150);
    expect(await handle.swap(file('iris'))).toBe(2);
    handle.close();
  });

  it('asks check, which may refuse, and tells onSwap', async () => {
    const told: number[] = [];
    const handle = await ModelHandle.load<Network>(file('constant-1'), {
      check: (next, current) => {
        const x = new Float32Array(32);
        if (next.predict(x)[0] < current.predict(x)[0]) throw new Error('it got worse');
      },
      onSwap: ({ version, model }) => told.push(version, model.predict(new Float32Array(32))[0]),
    });
    await handle.swap(file('constant-3'));
    await expect(handle.swap(file('constant-2'))).rejects.toThrow('it got worse');
    expect(told).toEqual([2, 3]);
    expect(handle.version).toBe(2);
    handle.close();
  });
});

describe('a watched file', () => {
  const watch = { everyMs: 5 };

  it('is loaded again when it is replaced', async () => {
    const path = file('live');
    const save = async (value: number) => {
      const net = constantNetwork(value);
      await net.save(path);
      net.dispose();
    };
    await save(1);
    const handle = await ModelHandle.load<Network>(path, { watch });
    const answer = () => handle.predict(new Float32Array(32))[0];
    for (const value of [2, 3]) {
      await save(value);
      await until(() => answer() === value);
    }
    handle.close();
    await save(4);
    await sleep(30);
    expectError(answer, 'ERR_DISPOSED', 'closed');
  });

  it('is refused while it is no model, and the one before stays', async () => {
    const path = file('broken');
    const errors: string[] = [];
    await rename(file('constant-2'), path);
    const handle = await ModelHandle.load<Network>(path, {
      watch,
      onError: (error) => errors.push((error as Error).message),
    });
    const answer = () => handle.predict(new Float32Array(32))[0];
    await writeFile(path, 'no model');
    await until(() => errors.length === 1);
    await rm(path);
    await until(() => errors.length === 2);
    await sleep(30);
    expect(errors).toHaveLength(2);
    expect(answer()).toBe(2);
    const net = constantNetwork(5);
    await net.save(path);
    await until(() => answer() === 5);
    expect(handle.version).toBe(2);
    handle.close();
  });

  it('that is refused is a warning of the process, if nobody listens', async () => {
    const path = file('warned');
    const warnings: (Error & { code?: string })[] = [];
    const listener = (warning: Error) => warnings.push(warning);
    process.on('warning', listener);
    await constantNetwork(1).save(path);
    const handle = await ModelHandle.load(path, { watch });
    await writeFile(path, 'no model');
    await until(() => warnings.length > 0);
    process.off('warning', listener);
    expect(warnings[0]).toMatchObject({ code: 'CHAINRULE_MODEL_REFUSED' });
    expect(warnings[0].message).toContain('the model before stays in use');
    handle.close();
  });
});

describe('options', () => {
  it.each<[object, string]>([
    [{ wach: true }, "did you mean 'watch'?"],
    [{ watch: { everyMs: 0 } }, 'watch.everyMs is 0, expected a number above 0'],
    [{ watch: 'yes' }, "watch is 'yes', expected true or false"],
    [{ onSwap: 1 }, 'onSwap is 1, expected a function'],
  ])('%j is refused', async (options, part) => {
    await expectRejection(ModelHandle.load(file('iris'), options), 'ERR_OPTION', part);
  });

  it('of a model that is no model are refused', () => {
    expectError(() => new ModelHandle({} as Network), 'ERR_OPTION', 'expected an estimator or a network');
  });
});
