/** Calls that JavaScript itself ends: by a time limit of node:vm, or by the end of the stack. */

import { runNode, tryAll } from './child.mjs';

const MAKE = `
  import vm from 'node:vm';
  import { Network } from 'chainrule';
  const x = Float32Array.from({ length: 64 * 8 }, (_, i) => Math.sin(i * i)), y = Int32Array.from({ length: 64 }, (_, i) => i % 3);
  const make = (seed) => new Network({ inputSize: 8, seed, backend: 'native',
    layers: [{ units: 16, activation: 'relu' }, { units: 3, activation: 'softmax' }] });
  const net = make(1), usable = () => Number.isFinite(net.trainBatch(x, y)) && net.predict(x).length === 192;
`;

const KINDS = {
  'time limits around calls': `
    const context = vm.createContext({ net, x, y, make });
    for (let i = 0; i < 20; i++) {
      try { vm.runInContext('for (;;) { net.trainBatch(x, y); net.predict(x); make(2).evaluate(x, y); }', context, { timeout: 1 + i % 5 }); }
      catch (error) { if (error.code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error; }
      if (!usable()) throw new Error('not usable afterwards');
    }`,
  'time limits in onEpoch': `
    const context = vm.createContext({});
    for (let i = 0; i < 5; i++) {
      const end = await net.fit(x, y, { epochs: 5, onEpoch: () => vm.runInContext('for (;;);', context, { timeout: 2 }) })
        .then(() => 'resolved', ({ code }) => code);
      if (end !== 'ERR_SCRIPT_EXECUTION_TIMEOUT' || !usable()) throw new Error('ended by ' + end);
    }`,
  'the end of the stack': `
    const calls = [() => net.trainBatch(x, y), () => net.predict(x), () => make(3), () => net.getParameters(),
      () => net.evaluate(x, y), () => net.lossAndGradients(x, y), () => { net.predictAsync(x).catch(() => {}); }];
    for (const call of calls) {
      const dive = () => { try { dive(); } finally { try { call(); } catch (error) { if (error.name !== 'RangeError' && error.code === undefined) throw error; } } };
      try { dive(); } catch (error) { if (error.name !== 'RangeError') throw error; }
      if (!usable()) throw new Error('not usable afterwards');
    }`,
};

/** Where a promise is rejected so near the end of the stack that Node cannot even note it. */
const NODES_REMARK =
  /Exception in PromiseRejectCallback:\n[\s\S]*?RangeError: Maximum call stack size exceeded\n*/g;

/** @returns {Promise<import('./child.mjs').Finding>} */
export function interruptedCalls(trials = Object.keys(KINDS).length) {
  return tryAll(KINDS, trials, async (code) => {
    const { status, stdout, stderr } = await runNode(`${MAKE}${code}\nconsole.log('done');`);
    return status === 0 && stdout === 'done\n' && stderr.replaceAll(NODES_REMARK, '') === ''
      ? null
      : `status ${status}: ${stderr.slice(0, 400)}`;
  });
}
