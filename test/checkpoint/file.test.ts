import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Checkpoint, readCheckpoint, writeCheckpoint } from '../../src/checkpoint/file.js';
import type { SavedFit } from '../../src/checkpoint/snapshot.js';
import { writeSafetensors } from '../../src/formats/safetensors.js';
import { expectRejection } from '../errors.js';
import { savedFit } from './saved.js';

const path = join(mkdtempSync(join(tmpdir(), 'chainrule-')), 'checkpoint-1.safetensors');

const write = (...fits: (SavedFit | null)[]) => writeCheckpoint(path, { kind: 'Network', seed: 7, fits });

describe('a checkpoint that is written and read', () => {
  it.each<[string, (SavedFit | null)[]]>([
    ['goes on', [savedFit(3)]],
    ['has no best epoch', [savedFit(1, { state: { ...savedFit(1).state!, best: null } })]],
    ['has ended early', [savedFit(5, { state: null, ended: 'earlyStopping', bestEpoch: 2 })]],
    ['is on batches', [savedFit(2, { batches: { rowsPerEpoch: 12, firstRows: null } })]],
    [
      'has no moments',
      [
        savedFit(2, {
          moments: [],
          optimizerState: { step: 1, moments: [] },
          state: null,
          ended: 'converged',
        }),
      ],
    ],
    ['is of several networks, of which one has not begun', [savedFit(1), null, savedFit(4)]],
  ])('is the same where the fit %s', async (_, fits) => {
    const checkpoint: Checkpoint = { kind: 'MLPClassifier', seed: 2 ** 32 - 1, fits };
    await writeCheckpoint(path, checkpoint);
    expect(await readCheckpoint(path)).toEqual(checkpoint);
  });

  it('keeps the bits of a history of NaN and of many epochs', async () => {
    const rows = Float64Array.from({ length: 10 * 50_000 }, (_, i) =>
      i % 10 === 0 ? i / 10 + 1 : i % 3 === 0 ? NaN : Math.sqrt(i),
    );
    const state = { ...savedFit(1).state!, epochsDone: 50_000 };
    await write(savedFit(1, { state, history: { format: { validates: true, layers: 0 }, rows } }));
    const [fit] = (await readCheckpoint(path)).fits;
    expect(Buffer.from(fit!.history.rows.buffer).equals(Buffer.from(rows.buffer))).toBe(true);
  });
});

it('is not written with a weight that is not finite', async () => {
  await expectRejection(
    write(savedFit(1, { parameters: Float32Array.of(1, NaN, 2) })),
    'ERR_DIVERGED',
    'weight',
  );
});

describe('a checkpoint with a description that is not valid is refused:', () => {
  const description = (fit: object, rest: object = {}) =>
    JSON.stringify({ formatVersion: 1, kind: 'Network', seed: 1, fits: [fit], ...rest });
  const fit = {
    fingerprint: {},
    engine: { backend: 'native', gemm: 'own', simd: 'AVX2', products: 'float32' },
    epochs: 3,
    moments: [],
    optimizerStep: 1,
    state: {
      epochsDone: 1,
      lastLoss: 1,
      plateau: { best: 'Infinity', scale: 1, waited: 0, cooling: 0 },
      earlyStopping: { best: 'Infinity', waited: 0, bestEpoch: 0 },
      rollbacks: 0,
      bestStep: null,
    },
    history: { validates: false, layers: 0 },
    ended: null,
  };
  const tensors = () =>
    new Map([
      ['0.history', { shape: [1, 10], values: Float64Array.of(1, 1, NaN, NaN, 1, NaN, 1, 1, 0, 0) }],
      ['0.parameters', { shape: [2], values: Float32Array.of(1, 2) }],
    ]);
  const read = async (text: string, own = tensors()) => {
    await writeSafetensors(path, { tensors: own, metadata: new Map([['chainrule.checkpoint', text]]) });
    return readCheckpoint(path);
  };

  it('but not the one that the others are made of', async () => {
    const { fits } = await read(description(fit));
    expect(fits[0]?.state?.plateau.best).toBe(Infinity);
  });

  it.each<[string, string]>([
    ['newer', description(fit, { formatVersion: 2 })],
    ['fits', description(fit, { fits: [] })],
    ['fits', description(fit, { fits: 'x' })],
    ['kind', description(fit, { kind: 5 })],
    ['unknown option', description({ ...fit, __proto__x: 1 })],
    ['epochs', description({ ...fit, epochs: -1 })],
    ['moments', description({ ...fit, moments: ['../../etc'] })],
    ['moments', description({ ...fit, moments: 'firstMoment' })],
    ["no tensor '0.optimizer.secondMoment'", description({ ...fit, moments: ['secondMoment'] })],
    ["no tensor '0.best.parameters'", description({ ...fit, state: { ...fit.state, bestStep: 1 } })],
    ['state', description({ ...fit, state: null })],
    ['state', description({ ...fit, state: null, ended: 'epochs' })],
    ['ended', description({ ...fit, ended: 'aborted' })],
    ['epochsDone', description({ ...fit, state: { ...fit.state, epochsDone: 2 } })],
    ['lastLoss', description({ ...fit, state: { ...fit.state, lastLoss: 'many' } })],
    ['plateau.scale', description({ ...fit, state: { ...fit.state, plateau: { best: 1 } } })],
    ...(
      [
        ['rollbacks', { rollbacks: 11 }],
        ['epochsDone', { epochsDone: 2 ** 32 }],
        ['bestStep', { bestStep: 2 ** 53 - 1 }],
        ['earlyStopping.waited', { earlyStopping: { best: 1, waited: 'Infinity', bestEpoch: 0 } }],
        ['earlyStopping.bestEpoch', { earlyStopping: { best: 1, waited: 0, bestEpoch: 1e300 } }],
        ['plateau.cooling', { plateau: { best: 1, scale: 1, waited: 0, cooling: -1 } }],
        ['plateau.scale', { plateau: { best: 1, scale: 'NaN', waited: 0, cooling: 0 } }],
      ] as const
    ).map(([words, state]): [string, string] => [
      words,
      description({ ...fit, state: { ...fit.state, ...state } }),
    ]),
    ['optimizerStep', description({ ...fit, optimizerStep: 2 ** 53 - 1 })],
    ['history.layers', description({ ...fit, history: { validates: true, layers: 0.5 } })],
    ["tensor '0.history'", description({ ...fit, history: { validates: true, layers: 2 ** 40 } })],
    ['fingerprint', description({ ...fit, fingerprint: [] })],
    ['engine', description({ ...fit, engine: null })],
    ['batches.rowsPerEpoch', description({ ...fit, batches: { firstRows: null } })],
  ])('%s', async (words, text) => {
    await expectRejection(read(text), 'ERR_FILE', words);
  });

  it('epochs that are not in order', async () => {
    const own = tensors();
    const row = [1, 1, NaN, NaN, 1, NaN, 1, 1, 0, 0];
    own.set('0.history', { shape: [2, 10], values: Float64Array.from([...row, ...row]) });
    await expectRejection(read(description(fit), own), 'ERR_FILE', 'an epoch is 1, expected one above 1');
  });
});
