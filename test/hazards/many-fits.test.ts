import { expect, test } from 'vitest';
import { runChild } from '../child.js';

// A fit's end that races with its last report once settled a promise twice; many fits find that soon.
test('3,000 fits of a few microseconds, many at once, all end and report every epoch', async () => {
  const { status, stdout, stderr } = await runChild(`
    import { Network } from 'chainrule';
    const x = Float32Array.of(0, 0, 0, 1, 1, 0, 1, 1), y = Float32Array.of(0, 1, 1, 0);
    let ended = 0, reported = 0;
    const bits = new Set();
    for (let round = 0; round < 100; round++) {
      await Promise.all(Array.from({ length: 30 }, async () => {
        const net = new Network({ inputSize: 2, seed: 1, backend: 'native',
          layers: [{ units: 3, activation: 'tanh' }, { units: 1, activation: 'sigmoid' }] });
        const { epochs } = await net.fit(x, y, { epochs: 1 + round % 3, onEpoch: () => reported++ });
        ended++;
        if (round % 3 === 2) bits.add(epochs.map((epoch) => epoch.loss).join());
      }));
    }
    console.log(ended, reported, bits.size);
  `);
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '3000 5970 1\n', stderr: '' });
});
