import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';

import { writeModel } from '../../src/formats/model-file.js';
import { type Safetensors, writeSafetensors } from '../../src/formats/safetensors.js';
import { type LossOptions, Network, type NetworkOptions, type OptimizerOptions } from '../../src/index.js';
import { modelOf } from '../../src/network/network.js';
import { engines } from '../engines.js';
import { expectRejection } from '../errors.js';
import { readPlainly } from './plain-safetensors.js';

let path: string;
beforeAll(async () => {
  path = join(await mkdtemp(join(tmpdir(), 'chainrule-')), 'model.safetensors');
});

const options: NetworkOptions = {
  inputSize: 3,
  layers: [
    { units: 4, activation: 'leakyRelu', slope: 0.1, dropout: 0.25 },
    { units: 2, activation: 'softmax', useBias: false },
  ],
  l2: 0.001,
  labelSmoothing: 0.1,
  seed: 4_000_000_000,
  backend: 'reference',
};
const x = Float32Array.from({ length: 30 }, (_, i) => Math.cos(i * i));
const y = Int32Array.from({ length: 10 }, (_, i) => i % 2);

const optimizers: OptimizerOptions[] = [
  { kind: 'sgd', learningRate: 0.1, clipNorm: 0.5 },
  { kind: 'momentum', learningRate: 0.1, nesterov: true },
  { kind: 'momentumEma', learningRate: 0.1, beta: 0.8 },
  { kind: 'adam', learningRate: 0.01, epsilonInsideSqrt: true },
  { kind: 'adam', learningRate: 0.01, epsilonHat: true },
  { kind: 'adamW', learningRate: 0.01, weightDecay: 0.1 },
  { kind: 'rmsprop', learningRate: 0.01 },
  { kind: 'rmsprop', learningRate: 0.01, momentum: 0.9, centered: true },
];

describe.each(engines)('save and load on the %s engine', (backend) => {
  it.each(optimizers)('continues with $kind as if it had not been saved', async (optimizer) => {
    const halves = { epochs: 3, batchSize: 4, sampling: 'sequential' } as const;
    const whole = new Network({ ...options, optimizer, backend });
    await whole.fit(x, y, { ...halves, epochs: 6 });

    const first = new Network({ ...options, optimizer, backend });
    await first.fit(x, y, halves);
    await first.save(path);
    const second = await Network.load(path, { backend });
    expect(second.getParameters()).toEqual(first.getParameters());
    expect(second.seed).toBe(first.seed);
    await second.fit(x, y, halves);
    expect(second.getParameters()).toEqual(whole.getParameters());
  });

  it('continues with a scale of the inputs as if it had not been saved', async () => {
    const inputScale = { learningRate: 6 };
    const halves = { epochs: 3, batchSize: 4, sampling: 'sequential' } as const;
    const whole = new Network({ ...options, inputScale, backend });
    await whole.fit(x, y, { ...halves, epochs: 6 });
    const first = new Network({ ...options, inputScale, backend });
    await first.fit(x, y, halves);
    await first.save(path);
    const { tensors, metadata } = await readPlainly(path);
    const names = ['inputScale', 'optimizer.firstMoment.inputScale', 'optimizer.secondMoment.inputScale'];
    for (const name of names) expect(tensors.get(name)?.shape).toEqual([3]);
    expect(tensors.get('inputScale')?.values).toEqual(first.getParameters()[0].scale);
    expect(JSON.parse(metadata.get('chainrule') ?? '').network.inputScale).toEqual({
      learningRate: 6,
      weightDecay: 1,
      epsilon: 1,
    });
    const second = await Network.load(path, { backend });
    await second.fit(x, y, halves);
    expect(second.getParameters()).toEqual(whole.getParameters());
  });
});

describe('a loss with parameters', () => {
  const regression = { inputSize: 3, layers: [{ units: 2 }], backend: 'reference' } as const;
  const targets = Float32Array.from({ length: 20 }, (_, i) => Math.sin(i));

  it.each<LossOptions>([
    { kind: 'quantile', quantiles: [0.1, 0.75] },
    { kind: 'huber', delta: 0.5 },
    { kind: 'absolute' },
  ])('is saved and loaded: %j', async (loss) => {
    const net = new Network({ ...regression, loss });
    await net.save(path);
    const loaded = await Network.load(path, { backend: 'reference' });
    expect(loaded.evaluate(x, targets)).toEqual(net.evaluate(x, targets));
    expect(loaded.trainBatch(x, targets)).toBe(net.trainBatch(x, targets));
    expect(loaded.getParameters()).toEqual(net.getParameters());
  });

  it('is refused if it does not have one for each output', async () => {
    await new Network({ ...regression, loss: { kind: 'quantile', quantiles: [0.1, 0.75] } }).save(path);
    const file = await readPlainly(path);
    const metadata = new Map([['chainrule', file.metadata.get('chainrule')!.replace('[0.1,0.75]', '[0.1]')]]);
    await writeSafetensors(path, { ...file, metadata });
    await expectRejection(Network.load(path), 'ERR_FILE', 'has length 1, but the network has 2 outputs');
  });
});

describe('save', () => {
  it('has the tensors of a PyTorch Sequential and those of the optimizer', async () => {
    const net = new Network(options);
    net.trainBatch(x, y);
    await net.save(path);
    const { tensors, metadata } = await readPlainly(path);
    expect([...tensors].map(([name, { shape }]) => [name, shape])).toEqual([
      ['0.weight', [4, 3]],
      ['0.bias', [4]],
      ['2.weight', [2, 4]],
      ['optimizer.firstMoment.0.weight', [4, 3]],
      ['optimizer.firstMoment.0.bias', [4]],
      ['optimizer.firstMoment.2.weight', [2, 4]],
      ['optimizer.secondMoment.0.weight', [4, 3]],
      ['optimizer.secondMoment.0.bias', [4]],
      ['optimizer.secondMoment.2.weight', [2, 4]],
    ]);
    expect(tensors.get('2.weight')?.values).toEqual(net.getParameters()[1].weight);
    expect(JSON.parse(metadata.get('chainrule') ?? '')).toEqual({
      formatVersion: 1,
      network: {
        inputSize: 3,
        layers: [
          { units: 4, activation: 'leakyRelu', slope: 0.1, useBias: true, dropout: 0.25 },
          { units: 2, activation: 'softmax', useBias: false, dropout: 0 },
        ],
        loss: 'crossEntropy',
        optimizer: {
          kind: 'adam',
          learningRate: 0.001,
          clipNorm: null,
          beta1: 0.9,
          beta2: 0.999,
          epsilon: 1e-8,
          epsilonInsideSqrt: false,
          epsilonHat: false,
        },
        l2: 0.001,
        labelSmoothing: 0.1,
      },
      seed: 4_000_000_000,
      optimizerStep: 1,
    });
  });

  it('saves the network as it is at the call', async () => {
    const net = new Network(options);
    const before = net.getParameters();
    const saving = net.save(path);
    net.trainBatch(x, y);
    await saving;
    expect((await Network.load(path)).getParameters()).toEqual(before);
  });

  it('rejects if the file cannot be written', async () => {
    await expectRejection(
      new Network(options).save('/no/such/folder/m'),
      'ERR_FILE',
      'could not be written: ENOENT',
    );
  });
});

describe.each(engines)('numbers that are not finite, %s engine', (backend) => {
  it('are not saved, and the file before stays', async () => {
    const network = new Network({ inputSize: 1, layers: [{ units: 1 }], optimizer: 'sgd', l2: 0, backend });
    await network.save(path);
    const before = await readFile(path);
    // No method leaves such a network behind, so this makes what it would be saved as.
    const model = modelOf(network, 'save');
    const broken = { ...model, parameters: Float32Array.of(Number.POSITIVE_INFINITY, 0) };
    await expectRejection(writeModel(path, broken), 'ERR_DIVERGED', 'a weight is NaN or infinite');
    expect(await readFile(path)).toEqual(before);
  });

  it.each<[string, number, string]>([
    ['optimizer.firstMoment.0.weight', Number.NaN, "the optimizer's firstMoment that is NaN or infinite"],
    ['optimizer.secondMoment.0.bias', Number.POSITIVE_INFINITY, 'secondMoment that is NaN or infinite'],
    ['optimizer.secondMoment.2.weight', -1e-30, 'secondMoment that is negative'],
  ])('%s of %d is not loaded', async (name, value, message) => {
    const network = new Network({ ...options, optimizer: 'adam', backend });
    network.trainBatch(x, y);
    await network.save(path);
    const { tensors, metadata } = await readPlainly(path);
    const tensor = tensors.get(name) ?? expect.fail(`no tensor ${name}`);
    tensor.values[1] = value;
    await writeSafetensors(path, { tensors, metadata });
    await expectRejection(Network.load(path), 'ERR_FILE', message);
  });
});

describe('load', () => {
  it('takes the engine and the threads from its options', async () => {
    await new Network(options).save(path);
    const net = await Network.load(path, { backend: 'reference', threads: 1 });
    expect(net.backend.name).toBe('reference');
    await expectRejection(
      Network.load(path, { seed: 1 } as never),
      'ERR_OPTION',
      "unknown option 'seed' in the options of",
    );
  });

  /** Saves a network and changes its file. */
  async function tampered(
    change: (content: Safetensors, description: Record<string, never>) => void,
  ): Promise<void> {
    await new Network(options).save(path);
    const content = await readPlainly(path);
    const before = content.metadata.get('chainrule') ?? '';
    const description = JSON.parse(before);
    change(content, description);
    if (content.metadata.get('chainrule') === before) {
      content.metadata.set('chainrule', JSON.stringify(description));
    }
    await writeSafetensors(path, content);
  }

  it('reads files from before dropout, label smoothing and epsilonHat', async () => {
    await tampered((_, { network }) => {
      const { layers, optimizer } = network as unknown as { layers: object[]; optimizer: object };
      for (const layer of layers) Reflect.deleteProperty(layer, 'dropout');
      Reflect.deleteProperty(optimizer, 'epsilonHat');
      Reflect.deleteProperty(network, 'labelSmoothing');
    });
    const net = await Network.load(path, { backend: 'reference' });
    expect(net.summary().layers.map(({ dropout }) => dropout)).toEqual([0, 0]);
    await net.save(path);
    const { metadata } = await readPlainly(path);
    expect(JSON.parse(metadata.get('chainrule') ?? '').network).toMatchObject({
      labelSmoothing: 0,
      optimizer: { epsilonHat: false },
    });
  });

  const values = new Float32Array(12);
  it('takes no field from what a file says is a prototype', async () => {
    await tampered(({ metadata }) => {
      const text = metadata.get('chainrule') ?? '';
      metadata.set('chainrule', text.replace('"l2":0.001', '"__proto__":{"l2":7,"polluted":true}'));
    });
    await expectRejection(Network.load(path), 'ERR_FILE', "unknown option '__proto__' in network");
    expect('polluted' in {}).toBe(false);
  });

  it.each<[string, Parameters<typeof tampered>[0], string]>([
    [
      'another program',
      ({ metadata }) => metadata.clear(),
      'is a safetensors file without a network of chainrule',
    ],
    [
      'a newer version',
      (_, d) => Object.assign(d, { formatVersion: 2 }),
      'formatVersion is 2, expected 1; newer',
    ],
    ['no version', (_, d) => delete d.formatVersion, 'formatVersion is undefined'],
    ['an unknown field', (_, d) => Object.assign(d, { sed: 1 }), "unknown option 'sed' in the description"],
    ['no network', (_, d) => Object.assign(d, { network: null }), 'network is null, expected an object'],
    [
      'an engine',
      (_, d) => Object.assign(d.network, { backend: 'native' }),
      "unknown option 'backend' in network",
    ],
    [
      'a bad option',
      (_, d) => Object.assign(d.network, { l2: -1 }),
      'l2 is -1, expected a number of at least 0',
    ],
    ['no seed', (_, d) => delete d.seed, 'seed is undefined'],
    ['half a step', (_, d) => Object.assign(d, { optimizerStep: 0.5 }), 'optimizerStep is 0.5'],
    [
      'a scale without its tensor',
      (_, d) => Object.assign(d.network, { inputScale: true }),
      "has no tensor 'inputScale'",
    ],
    ['a missing tensor', ({ tensors }) => tensors.delete('0.bias'), "has no tensor '0.bias'"],
    [
      'a missing moment',
      ({ tensors }) => tensors.delete('optimizer.secondMoment.2.weight'),
      "has no tensor 'optimizer.secondMoment.2.weight'",
    ],
    [
      'a transposed weight',
      ({ tensors }) => tensors.set('0.weight', { shape: [3, 4], values }),
      "has tensor '0.weight' of shape [3,4], expected [4,3]",
    ],
    [
      'a tensor too many',
      ({ tensors }) => tensors.set('2.bias', { shape: [2], values: new Float32Array(2) }),
      "has tensor '2.bias', which is none of its network's",
    ],
    [
      'a weight that is NaN',
      ({ tensors }) => tensors.set('0.weight', { shape: [4, 3], values: values.slice().fill(Number.NaN) }),
      'holds a parameter that is NaN or infinite',
    ],
    [
      'a network larger than the file',
      (_, d) =>
        Object.assign(d.network, { layers: [{ units: 7e8 }, { units: 2 }], loss: 'mse', labelSmoothing: 0 }),
      "has tensor '0.weight' of shape [4,3], expected [700000000,3]",
    ],
  ])('refuses a file with %s', async (_, change, message) => {
    await tampered(change);
    await expectRejection(Network.load(path), 'ERR_FILE', message);
  });
});
