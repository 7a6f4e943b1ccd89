import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { Network } from '../../src/index.js';
import { engines } from '../engines.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const ROWS = 64;

/** Arrays that only the fit can keep alive, and weak references to them. */
function begin(backend: 'native' | 'reference', signal: AbortSignal) {
  const net = new Network({ inputSize: 2, layers: [{ units: 1 }], loss: 'mse', seed: 1, backend });
  const rows = () => Array.from({ length: ROWS }, (_, i) => [Math.sin(i), Math.cos(i)]);
  const arrays = {
    x: rows(),
    y: Float32Array.from({ length: ROWS }, (_, i) => Math.sin(i)),
    sampleWeight: new Float32Array(ROWS).fill(1),
    order: Array.from({ length: ROWS }, (_, i) => i),
    validationX: Float32Array.from(rows().flat()),
    validationY: new Float64Array(ROWS),
  };
  const { x, y, sampleWeight, order, validationX, validationY } = arrays;
  const fit = net.fit(x, y, {
    epochs: 2 ** 31 - 1,
    sampleWeight,
    order,
    validationData: [validationX, validationY],
    signal,
  });
  const references = Object.entries(arrays).map(([name, array]) => [name, new WeakRef(array)] as const);
  return { fit, references };
}

// Rows of numbers take more memory than the engine's copy of them.
describe.each(engines)('a fit that runs on the %s engine', (backend) => {
  it('does not keep the arrays alive that it copied', async () => {
    const abort = new AbortController();
    const { fit, references } = begin(backend, abort.signal);
    await sleep(20);
    collectGarbage();
    const alive = references.filter(([, reference]) => reference.deref() !== undefined);
    abort.abort();
    await fit;
    expect(alive.map(([name]) => name)).toEqual([]);
  });
});
