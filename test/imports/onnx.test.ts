import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { activationNames } from '../../src/engine/kinds.js';
import type { Message } from '../../src/formats/onnx/fields.js';
import { OnnxGraph, ROWS } from '../../src/formats/onnx/graph.js';
import { readOnnx } from '../../src/formats/onnx/read.js';
import { writeOnnx } from '../../src/formats/onnx/write.js';
import { ChainruleError, MLPClassifier, Network } from '../../src/index.js';
import { engines } from '../engines.js';
import { expectRejection } from '../errors.js';
import { irisRows, small } from '../estimators/rows.js';
import { expectClose, exportedModel } from '../tolerance.js';
import { recordedFile, recordedModels } from './recorded.js';

const recorded = recordedModels('onnx');
const bytesOf = (file: string) => new Uint8Array(readFileSync(recordedFile('onnx', file)));

describe.each(engines)('on the %s engine', (backend) => {
  it.each(recorded)('$file predicts as with $source', async ({ file, inputs, outputs }) => {
    const network = await Network.fromONNX(recordedFile('onnx', file), { backend });
    expectClose(network.predict(inputs), outputs.flat(), exportedModel, 'outputs');
  });
});

describe('a network from an ONNX file', () => {
  it('of our own is what it was', async () => {
    for (const activation of activationNames) {
      const hidden = activation === 'softmax' ? 'selu' : activation;
      const slope = activation === 'leakyRelu' ? { slope: 0.25 } : {};
      const layers = [
        { units: 4, activation: hidden, ...slope },
        { units: 3, activation, ...slope, useBias: false },
      ];
      const loss = activation === 'softmax' ? 'crossEntropy' : 'mse';
      const network = new Network({ inputSize: 3, layers, inputScale: true, loss, seed: 1 });
      const x = [[1, -2, 3]];
      network.trainBatch(x, [[0, 1, 0]]);
      const again = await Network.fromONNX(network.toONNX(), { loss });
      expect(again.predict(x)).toEqual(network.predict(x));
      expect(again.getParameters()[0]).toEqual(network.getParameters()[0]);
      expect(again.summary().layers.map((layer) => layer.activation)).toEqual([hidden, activation]);
    }
  });

  it('can be trained further', async () => {
    const options = { optimizer: { kind: 'adam', learningRate: 0.01 }, seed: 1 } as const;
    const network = await Network.fromONNX(bytesOf('torch-scaled.onnx'), options);
    const x = Array.from({ length: 40 }, (_, i) => [i % 3, i % 5, i % 7, i % 2]);
    const y = x.map(([a, , , d]) => [a === 0 ? 1 : 0, d]);
    const before = network.evaluate(x, y).loss;
    await network.fit(x, y, { epochs: 60 });
    expect(network.evaluate(x, y).loss).toBeLessThan(before / 2);
  });

  it('takes an activation for an output that has none', async () => {
    const file = bytesOf('sklearn-scaled.onnx');
    const [plain, softmax] = [
      await Network.fromONNX(file),
      await Network.fromONNX(file, { outputActivation: 'softmax' }),
    ];
    const [a, b] = plain.predict([[1, 2, 3, 4]]);
    expectClose(
      softmax.predict([[1, 2, 3, 4]])[0],
      Math.exp(a) / (Math.exp(a) + Math.exp(b)),
      exportedModel,
      'probability',
    );
    const refused = Network.fromONNX(bytesOf('torch-scaled.onnx'), { outputActivation: 'softmax' });
    await expectRejection(refused, 'ERR_OPTION', "the output layer in the file has 'sigmoid'");
    await expectRejection(
      Network.fromONNX(file, { lose: 'mse' } as object),
      'ERR_OPTION',
      "did you mean 'loss'?",
    );
  });
});

/** A model of these nodes after a dense layer from 2 to 2 columns, called 'dense'. */
function modelOf(add: (graph: OnnxGraph, dense: string) => string): Uint8Array {
  const graph = new OnnxGraph();
  const x = graph.input('x', 'float', 2, '');
  const weight = graph.constant('weight', Float32Array.of(1, 2, 3, 4), [2, 2]);
  const output = add(graph, graph.node('Gemm', [x, weight], 'dense', { transB: 1 }));
  graph.output(output, 'float', [ROWS, 2], '');
  return graph.finish('test', {});
}

/** By tanh, as OpenAI wrote it. */
function approximateGelu(graph: OnnxGraph, z: string): string {
  const times = (a: string, factor: number) =>
    graph.node('Mul', [a, graph.constant('factor', Float32Array.of(factor), [])], 'scaled');
  const cube = graph.node('Mul', [graph.node('Mul', [z, z], 'odd'), z], 'cube');
  const inner = times(graph.node('Add', [z, times(cube, 0.044715)], 'sum'), Math.sqrt(2 / Math.PI));
  const one = graph.constant('one', Float32Array.of(1), []);
  const gate = graph.node('Add', [graph.node('Tanh', [inner], 'tanh'), one], 'gate');
  return times(graph.node('Mul', [z, gate], 'product'), 0.5);
}

/** Recorded models with something of their messages changed. */
function changed(file: string, change: (model: Message<'model'>) => Message<'model'>): Uint8Array {
  return writeOnnx(change(readOnnx(bytesOf(file), file)));
}

describe('what cannot be taken is refused with the node that is in the way', () => {
  it.each<[string, (graph: OnnxGraph, dense: string) => string, string]>([
    [
      'another activation',
      (graph, z) => graph.node('Elu', [z], 'odd'),
      "the node 'odd' (Elu) in the model is none of",
    ],
    ['an approximate GELU', approximateGelu, "'odd' (Mul)"],
    [
      'a limit',
      (graph, z) =>
        graph.node(
          'Clip',
          [z, graph.constant('low', Float32Array.of(0), []), graph.constant('high', Float32Array.of(6), [])],
          'odd',
        ),
      "'odd' (Clip)",
    ],
    [
      'a logarithm of probabilities',
      (graph, z) => graph.node('LogSoftmax', [z], 'odd', { axis: 1 }),
      "'odd' (LogSoftmax)",
    ],
    [
      'a softmax along the rows',
      (graph, z) => graph.node('Softmax', [z], 'odd', { axis: 0 }),
      'along axis 0',
    ],
    [
      'two activations',
      (graph, z) => graph.node('Tanh', [graph.node('Relu', [z], 'first')], 'odd'),
      "comes after the activation 'relu'",
    ],
    [
      'a layer that takes another',
      (graph, z) => graph.node('MatMul', [z, z], 'odd'),
      "'odd' (MatMul) in the model does not multiply",
    ],
    [
      'a shortcut',
      (graph, z) => graph.node('Add', [z, graph.node('Relu', [z], 'relu')], 'odd'),
      "'relu' (Relu)",
    ],
    [
      'another width',
      (graph, z) => graph.node('MatMul', [z, graph.constant('w', new Float32Array(9), [3, 3])], 'odd'),
      'takes 3 columns, but what comes before it has 2',
    ],
    [
      'outputs that are scaled',
      (graph, z) =>
        graph.node(
          'Mul',
          [graph.node('Tanh', [z], 'tanh'), graph.constant('two', Float32Array.of(2, 3))],
          'odd',
        ),
      "scales the outputs of the activation 'tanh'",
    ],
    ['an unknown kind', (graph, z) => graph.node('Conv', [z], 'odd'), "'odd' (Conv)"],
  ])('%s', async (_, add, part) => {
    await expectRejection(Network.fromONNX(modelOf(add)), 'ERR_FILE', part);
  });

  it('weights in another file', async () => {
    const bytes = changed(
      'torch-scaled.onnx',
      ({ graph, ...model }) =>
        ({
          ...model,
          graph: {
            ...graph,
            initializers: graph?.initializers?.map((tensor) => ({ ...tensor, location: 1 })),
          },
        }) as Message<'model'>,
    );
    await expectRejection(
      Network.fromONNX(bytes),
      'ERR_FILE',
      "('external data'): export with external_data=False",
    );
  });

  it('an estimator, with its many inputs', async () => {
    const classifier = await new MLPClassifier(small).fit(irisRows(), 'species');
    await expectRejection(Network.fromONNX(classifier.toONNX()), 'ERR_FILE', "has 4 inputs ('sepalLength', ");
  });

  it('columns that are shifted too far for float32', async () => {
    const bytes = changed(
      'torch-scaled.onnx',
      ({ graph, ...model }) =>
        ({
          ...model,
          graph: {
            ...graph,
            initializers: graph?.initializers?.map((tensor) =>
              tensor.dims?.join() === '4' && tensor.name === 'clone'
                ? { ...tensor, raw: new Uint8Array(Float32Array.of(1.7e9, 2, 3, 4).buffer) }
                : tensor,
            ),
          },
        }) as Message<'model'>,
    );
    await expectRejection(Network.fromONNX(bytes), 'ERR_FILE', 'shifted by more than 1000 times their scale');
  });

  it('what is no file or no model', async () => {
    await expectRejection(
      Network.fromONNX('/nowhere/model.onnx'),
      'ERR_FILE',
      '/nowhere/model.onnx could not be read',
    );
    await expectRejection(Network.fromONNX(new Uint8Array(0)), 'ERR_FILE', 'it has no nodes');
    await expectRejection(Network.fromONNX(7 as unknown as string), 'ERR_OPTION', 'a path or a file: URL');
    const path = join(await mkdtemp(join(tmpdir(), 'chainrule-')), 'not.onnx');
    await writeFile(path, '{"layers": []}');
    await expectRejection(Network.fromONNX(path), 'ERR_FILE', `${path} is not an ONNX model`);
    expect(await readFile(path, 'utf8')).toBe('{"layers": []}');
  });
});

describe('files that somebody has tampered with', () => {
  const files = recorded.map(({ file }) => bytesOf(file));

  async function loadsOrIsRefused(bytes: Uint8Array): Promise<void> {
    try {
      (await Network.fromONNX(bytes, { backend: 'reference' })).dispose();
    } catch (error) {
      if (!(error instanceof ChainruleError) || error.code !== 'ERR_FILE') throw error;
    }
  }

  it('load or are refused with any byte changed', async () => {
    const [file] = files;
    for (let at = 0; at < file.length; at++) {
      const bytes = file.slice();
      bytes[at] ^= 1 << (at % 8);
      await loadsOrIsRefused(bytes);
    }
  });

  it('load or are refused with bytes put in, left out and overwritten anywhere', async () => {
    const edit = fc.record({ at: fc.nat(4000), removed: fc.nat(8), added: fc.uint8Array({ maxLength: 8 }) });
    const edited = fc.record({
      file: fc.constantFrom(...files),
      edits: fc.array(edit, { minLength: 1, maxLength: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(edited, async ({ file, edits }) => {
        let bytes = Array.from(file);
        for (const { at, removed, added } of edits) {
          const start = at % bytes.length;
          bytes = [...bytes.slice(0, start), ...added, ...bytes.slice(start + removed)];
        }
        await loadsOrIsRefused(Uint8Array.from(bytes));
      }),
      { numRuns: 200, seed: 3 },
    );
  });

  it('cannot take time that they do not have bytes for', async () => {
    // Empty weights of many rows.
    for (const isTransposed of [false, true]) {
      const empty = modelOf((graph, dense) => {
        const weight = graph.constant('empty', new Float32Array(0), [2 ** 50, 0]);
        const matrix = isTransposed ? graph.node('Transpose', [weight], 'turned') : weight;
        return graph.node('MatMul', [dense, matrix], 'odd');
      });
      await expectRejection(
        Network.fromONNX(empty),
        'ERR_FILE',
        "the node 'odd' (MatMul) in the model does not",
      );
    }
    // Steps that share one shift.
    const graph = new OnnxGraph();
    const shift = graph.constant('shift', new Float32Array(50_000), [50_000]);
    let x = graph.input('x', 'float', 50_000, '');
    for (let step = 0; step < 20_000; step++) x = graph.node('Add', [x, shift], 'step');
    graph.output(x, 'float', [ROWS, 50_000], '');
    const shared = Network.fromONNX(graph.finish('test', {}));
    await expectRejection(
      shared,
      'ERR_FILE',
      /'step_\d+' \(Add\) in the model has more weights than the file/,
    );
  });

  it('cannot take memory that they do not have bytes for', async () => {
    // A layer of 2^20 x 2^20 weights, without them.
    const claim = changed(
      'torch-scaled.onnx',
      ({ graph, ...model }) =>
        ({
          ...model,
          graph: {
            ...graph,
            initializers: graph?.initializers?.map((tensor) => ({ ...tensor, dims: [2 ** 20, 2 ** 20] })),
          },
        }) as Message<'model'>,
    );
    await expectRejection(Network.fromONNX(claim), 'ERR_FILE', 'expected 1099511627776 by its shape');
    // Layers that share one weight.
    const graph = new OnnxGraph();
    const weight = graph.constant('weight', new Float32Array(300 * 300), [300, 300]);
    let x = graph.input('x', 'float', 300, '');
    for (let layer = 0; layer < 500; layer++) x = graph.node('MatMul', [x, weight], 'layer');
    graph.output(x, 'float', [ROWS, 300], '');
    const shared = Network.fromONNX(graph.finish('test', {}));
    await expectRejection(
      shared,
      'ERR_FILE',
      /'layer_1\d' \(MatMul\) in the model has more weights than the file/,
    );
  });
});
