import { describe, expect, it } from 'vitest';
import { Dataset, type DivergedError, type NetworkOptions } from '../../src/index.js';
import { engines } from '../engines.js';
import { expectRejection } from '../errors.js';
import { createClassifier, rows, x, y } from './classifier.js';

describe.each(engines)('fit on the %s engine', (backend) => {
  const create = (changes: Partial<NetworkOptions> = {}) => createClassifier(backend, changes);

  it('learns, and tells how it went', async () => {
    const records: unknown[] = [];
    const net = create();
    const history = await net.fit(x, y, {
      epochs: 30,
      batchSize: 10,
      validationSplit: 0.25,
      onEpoch: (record) => records.push(record),
    });
    expect(history.stoppedBy).toBe('epochs');
    expect(history.epochs.map(({ epoch }) => epoch)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
    expect(records).toEqual(history.epochs);
    const [first, last] = [history.epochs[0], history.epochs[29]];
    expect(last.loss).toBeLessThan(0.5 * first.loss);
    expect(last.validationLoss).toBeGreaterThan(0);
    expect(last.metrics.validationAccuracy).toBeGreaterThanOrEqual(0.5);
    expect(last.samplesPerSecond).toBeGreaterThan(0);
    expect(net.evaluate(x, y).accuracy).toBeGreaterThan(0.9);
  });

  it('does the same twice with the same seed, and for a Dataset as for arrays', async () => {
    const trained = async (...data: [Dataset] | [Float32Array, Int32Array]) => {
      const net = create();
      const options = { epochs: 3, validationSplit: 0.2 };
      await (data.length === 1 ? net.fit(data[0], options) : net.fit(data[0], data[1], options));
      return net.getParameters();
    };
    const first = await trained(x, y);
    expect(await trained(x, y)).toEqual(first);
    expect(await trained(new Dataset(x, y, { inputSize: 3 }))).toEqual(first);
  });

  it('does not see changes of the data after the call', async () => {
    const [expected, net] = [create(), create()];
    await expected.fit(x, y, { epochs: 3, sampleWeight: new Float32Array(rows).fill(2) });
    const [ownX, ownY, weights] = [x.slice(), y.slice(), new Float32Array(rows).fill(2)];
    const fitting = net.fit(ownX, ownY, { epochs: 3, sampleWeight: weights });
    ownX.fill(Number.NaN);
    ownY.fill(9);
    weights.fill(0);
    await fitting;
    expect(net.getParameters()).toEqual(expected.getParameters());
  });

  it('takes validation data', async () => {
    const net = create();
    const held = new Dataset(x.slice(0, 30), y.slice(0, 10), { inputSize: 3 });
    for (const validationData of [held, [x.slice(0, 30), y.slice(0, 10)] as const]) {
      const { epochs } = await net.fit(x, y, { validationData });
      const { loss, accuracy } = net.evaluate(held);
      expect(epochs[0].validationLoss).toBeCloseTo(loss, 5);
      expect(epochs[0].metrics.validationAccuracy).toBeCloseTo(accuracy ?? Number.NaN, 12);
    }
    await expectRejection(
      net.fit(x, y, { validationData: [x.slice(0, 30), y] }),
      'ERR_SHAPE',
      'validationData[1] has 64 values, expected 10',
    );
  });

  it('rejects, and never throws', async () => {
    const net = create();
    const fit = net.fit.bind(net) as (...args: unknown[]) => Promise<unknown>;
    await expectRejection(fit(), 'ERR_DATA', 'x is undefined');
    await expectRejection(fit(x), 'ERR_DATA', 'y is undefined');
    await expectRejection(fit(x, y, { epoch: 1 }), 'ERR_OPTION', "did you mean 'epochs'?");
    await expectRejection(fit(x, y.slice(1)), 'ERR_SHAPE', 'y has 63 values');
    const dataset = new Dataset(x, y, { inputSize: 3 });
    for (const options of [undefined, { epochs: 1 }]) {
      await expectRejection(fit(dataset, y, options), 'ERR_OPTION', 'y is given beside a Dataset');
    }
    await expectRejection(
      fit(dataset, undefined, {}),
      'ERR_OPTION',
      'a third argument is given with a Dataset',
    );
    await expectRejection(fit(dataset, 3), 'ERR_OPTION', 'the options of fit are 3, expected an object');
    const weighted = { sampleWeight: new Float32Array(rows).fill(1) };
    await expectRejection(fit(dataset, weighted), 'ERR_OPTION', 'sampleWeight is given beside a Dataset');
  });

  it('rejects where the loss diverges', async () => {
    const net = create({
      layers: [{ units: 1 }],
      optimizer: { kind: 'sgd', learningRate: 1e20 },
    });
    const values = Float32Array.from({ length: rows }, (_, row) => row);
    const error = await expectRejection(
      net.fit(x, values, { epochs: 50 }),
      'ERR_DIVERGED',
      /in epoch \d+, step \d/,
    );
    expect((error as DivergedError).history.stoppedBy).toBe('diverged');
  });
});
