/** Many fits at once: all end, with the bits of fits one after another. */

import { runNode } from './child.mjs';

const PROGRAM = (fits) => `
  import { Network } from 'chainrule';
  const x = new Float32Array(32 * 256).map((_, i) => Math.sin(i * i)), y = new Int32Array(256).map((_, i) => i % 5);
  const make = (seed) => new Network({ inputSize: 32, seed, backend: 'native',
    layers: [{ units: 48, activation: 'relu' }, { units: 5, activation: 'softmax' }] });
  const fit = (net, i) => net.fit(x, y, { epochs: 3, batchSize: 32, onEpoch: i % 2 ? () => {} : undefined });
  const bits = (net) => Buffer.from(net.predict(x).buffer).toString('base64');
  const together = Array.from({ length: ${fits} }, (_, seed) => make(seed));
  await Promise.all(together.map(fit));
  let same = 0;
  for (let seed = 0; seed < ${fits}; seed++) {
    const alone = make(seed);
    await fit(alone, 0);
    if (bits(alone) === bits(together[seed])) same++;
  }
  console.log(same);
`;

/** @returns {Promise<import('./child.mjs').Finding>} */
export async function manyFits(fits = 64, rounds = 1) {
  const failures = [];
  for (let round = 0; round < rounds; round++) {
    const { status, stdout, stderr } = await runNode(PROGRAM(fits), { timeout: 600_000 });
    if (status === 0 && stdout === `${fits}\n` && stderr === '') continue;
    failures.push(`status ${status}, ${stdout.trim()} of ${fits} the same, ${stderr.slice(0, 400)}`);
  }
  return { trials: fits * rounds, failures };
}
