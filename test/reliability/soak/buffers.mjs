/** What callers do with their buffers while a fit or a prediction runs: the bits are those without it. */

import { runNode } from './child.mjs';

const PROGRAM = (trials) => `
  import { Network } from 'chainrule';
  const rows = 256, wide = 16;
  const values = (n, f) => Float32Array.from({ length: n }, (_, i) => Math.sin(f * i * i));
  const kinds = {
    changed: (a) => [a, () => a.fill(NaN)],
    transferred: (a) => [a, () => structuredClone(a, { transfer: [a.buffer] })],
    shrunk: (a) => {
      const buffer = new ArrayBuffer(a.byteLength, { maxByteLength: 2 * a.byteLength }), view = new Float32Array(buffer);
      view.set(a);
      return [view, () => buffer.resize(8)];
    },
    grown: (a) => {
      const buffer = new ArrayBuffer(a.byteLength, { maxByteLength: 2 * a.byteLength }), view = new Float32Array(buffer);
      view.set(a);
      return [view, () => { buffer.resize(2 * a.byteLength); view.fill(7); }];
    },
    shared: (a) => {
      const view = new Float32Array(new SharedArrayBuffer(a.byteLength));
      view.set(a);
      return [view, () => view.fill(NaN)];
    },
    rows: (a) => {
      const list = Array.from({ length: rows }, (_, r) => Array.from(a.subarray(r * a.length / rows, (r + 1) * a.length / rows)));
      return [list, () => { for (const row of list) row.fill(NaN); list.length = 0; }];
    },
  };
  const net = () => new Network({ inputSize: wide, seed: 3, backend: 'native',
    layers: [{ units: 24, activation: 'tanh' }, { units: 2 }], loss: 'mse' });
  const options = { epochs: 3, batchSize: 32, validationSplit: 0.25 };
  const bits = (network) => Buffer.from(network.predict(values(rows * wide, 0.01)).buffer).toString('base64');
  const undisturbed = net();
  const weights = () => values(rows, 0.5).map((w) => Math.abs(w) + 0.1);
  await undisturbed.fit(values(rows * wide, 0.1), values(rows * 2, 0.3), { ...options, sampleWeight: weights() });
  const expected = bits(undisturbed);
  const predicted = Buffer.from((await undisturbed.predictAsync(values(rows * wide, 0.2))).buffer).toString('base64');
  const wrong = [];
  for (let i = 0; i < ${trials}; i++) {
    const name = Object.keys(kinds)[i % Object.keys(kinds).length], make = kinds[name];
    const [x, spoilX] = make(values(rows * wide, 0.1)), [y, spoilY] = make(values(rows * 2, 0.3));
    const [w, spoilW] = name === 'rows' ? [Array.from(weights()), () => {}] : make(weights());
    const one = net(), fit = one.fit(x, y, { ...options, sampleWeight: w });
    spoilX(); spoilY(); spoilW();
    await fit;
    if (bits(one) !== expected) wrong.push('fit, ' + name);
    const [input, spoil] = make(values(rows * wide, 0.2)), answer = undisturbed.predictAsync(input);
    spoil();
    if (Buffer.from((await answer).buffer).toString('base64') !== predicted) wrong.push('predictAsync, ' + name);
  }
  console.log(JSON.stringify(wrong));
`;

/** @returns {Promise<import('./child.mjs').Finding>} */
export async function buffers(trials = 12) {
  const { status, stdout, stderr } = await runNode(PROGRAM(trials), { timeout: 600_000 });
  if (status !== 0 || stderr !== '')
    return { trials, failures: [`status ${status}: ${stderr.slice(0, 500)}`] };
  return { trials: 2 * trials, failures: JSON.parse(stdout) };
}
