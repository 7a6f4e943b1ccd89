import vm from 'node:vm';
import { describe, expect, it } from 'vitest';
import { Dataset, Network } from '../../src/index.js';
import { runChild } from '../child.js';
import { engines } from '../engines.js';
import { expectError } from '../errors.js';

const foreign = (code: string) => vm.runInNewContext(code);
const Float16 = (globalThis as { Float16Array?: new (values: number[]) => Float32Array }).Float16Array;

describe.each(engines)('arrays of another realm, %s engine', (backend) => {
  const make = () => new Network({ inputSize: 2, layers: [{ units: 1 }], seed: 1, backend });

  it.each(['Float32Array', 'Float64Array'])('NaN in a %s is found wherever it is given', (type) => {
    const x = foreign(`new ${type}([NaN, 1])`);
    expectError(() => make().predict(x), 'ERR_DATA', 'x holds NaN');
    expectError(() => make().trainBatch(x, [1]), 'ERR_DATA', 'x holds NaN');
    expectError(
      () => make().trainBatch([[1, 2]], foreign(`new ${type}([Infinity])`)),
      'ERR_DATA',
      'y holds Infinity',
    );
    expectError(() => new Dataset(x, [1], { inputSize: 2 }), 'ERR_DATA', 'x holds NaN');
    expectError(() => make().setParameters([{ weight: x, bias: [0] }]), 'ERR_DATA', 'holds NaN');
    const weights = foreign(`new ${type}([NaN])`);
    expectError(
      () => make().trainBatch([[1, 2]], [1], { sampleWeight: weights }),
      'ERR_DATA',
      'sampleWeight holds NaN',
    );
  });

  it('good ones train as ours do', () => {
    const ours = make();
    const theirs = make();
    const loss = ours.trainBatch(new Float32Array([1, 2]), [1]);
    expect(theirs.trainBatch(foreign('new Float32Array([1, 2])'), foreign('[1]'))).toBe(loss);
    expect(theirs.trainBatch(foreign('[[1, 2]]'), foreign('new Int8Array([1])'))).toBe(
      ours.trainBatch([[1, 2]], [1]),
    );
  });

  it('integers of 64 bits are a typed error', () => {
    expectError(() => make().predict(foreign('new BigInt64Array(2)')), 'ERR_DATA', 'x is');
  });

  it.runIf(Float16 !== undefined)('NaN in a Float16Array is found', () => {
    const x = new Float16!([Number.NaN, 1]);
    expectError(() => make().predict(x), 'ERR_DATA', 'x holds NaN');
    expect(make().predict(new Float16!([0.5, 1]))).toEqual(make().predict([[0.5, 1]]));
  });
});

// As Jest and the vm pools of vitest do: the library itself runs in another realm than the addon was loaded in.
it('results belong to the realm of the library', async () => {
  const { stdout, stderr } = await runChild(`
    import { readFileSync } from 'node:fs';
    import { createRequire } from 'node:module';
    import vm from 'node:vm';
    const require = createRequire(process.cwd() + '/dist/index.cjs');
    const context = vm.createContext({ process, performance, setTimeout, setImmediate, AbortController, structuredClone, console, TextEncoder, TextDecoder, URL, Buffer });
    const load = (file) => {
      const module = { exports: {} };
      const inside = (name) => name.startsWith('./') && name.endsWith('.js') ? load(process.cwd() + '/dist/' + name) : require(name);
      const run = vm.runInContext('(function (exports, require, module, __filename, __dirname) {' + readFileSync(file, 'utf8') + '\\n})', context);
      run(module.exports, inside, module, file, process.cwd() + '/dist');
      return module.exports;
    };
    const { Network } = load(process.cwd() + '/dist/index.cjs');
    const net = new Network({ inputSize: 2, layers: [{ units: 2 }], backend: 'native' });
    const Theirs = vm.runInContext('Float32Array', context);
    const { gradients, inputGradients } = net.lossAndGradients([[0, 1]], [[0, 1]], { inputGradients: true });
    const results = [net.predict([[0, 1]]), await net.predictAsync([[0, 1]]), net.getParameters()[0].weight, gradients[0].weight, inputGradients];
    const out = results[0];
    out[0] = NaN;
    let refused = false;
    try { net.predict(out); } catch (error) { refused = error.code === 'ERR_DATA'; }
    console.log(results.every((result) => result instanceof Theirs), results[0] instanceof Float32Array, refused);
  `);
  expect({ stdout, stderr }).toEqual({ stdout: 'true false true\n', stderr: '' });
});
