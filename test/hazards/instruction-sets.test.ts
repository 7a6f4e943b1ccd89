import { describe, expect, test } from 'vitest';
import { loadNativeBackend } from '../../src/engine/native/native.js';
import { runChild } from '../child.js';

const train = `
  import { Network } from 'chainrule';
  const x = new Float32Array(512 * 9).map((_, i) => Math.sin(i * i));
  const y = new Int32Array(512).map((_, i) => (x[9 * i] > 0 ? 2 : x[9 * i + 1] > 0 ? 1 : 0));
  const net = new Network({ inputSize: 9, seed: 4, backend: 'native', layers: [
    { units: 33, activation: 'tanh' }, { units: 17, activation: 'sigmoid' }, { units: 3, activation: 'softmax' }] });
  const history = await net.fit(x, y, { epochs: 3, batchSize: 50 });
  console.log(JSON.stringify({ simd: net.backend.simd, losses: history.epochs.map((e) => e.loss) }));
`;

// Each set is forced in its own process; its results must equal the others' up to rounding.
describe('instruction sets', () => {
  const sets = loadNativeBackend().instructionSets;

  test('there are several', () => expect(sets.length).toBeGreaterThan(1));

  test.for(sets)('%s can be forced, and trains the same network', async (simd) => {
    const [best, forced] = await Promise.all([runChild(train), runChild(train, { CHAINRULE_SIMD: simd })]);
    expect(forced.stderr).toBe('');
    const came = JSON.parse(forced.stdout);
    const expected = JSON.parse(best.stdout);
    expect(expected.simd).toBe(sets[0]);
    expect(came.simd).toBe(simd);
    expect(came.losses).toHaveLength(3);
    for (const [i, loss] of came.losses.entries()) expect(loss / expected.losses[i]).toBeCloseTo(1, 5);
  });

  test('an unknown name is an error that lists the known ones', async () => {
    const { status, stderr } = await runChild(train, { CHAINRULE_SIMD: 'AVX9000' });
    expect(status).toBe(1);
    expect(stderr).toContain('AVX9000');
    expect(stderr).toContain(sets.join(', '));
  });
});
