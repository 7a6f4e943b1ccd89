/** Every operation at the limit of its memory: it works or throws ERR_MEMORY, and the process lives on. Linux only. */

import { runNode } from './child.mjs';

/** Megabytes that the process may still map. */
const MARGINS = [20, 60, 150, 300];

/** On a network of 100 MB of weights and 8 MB of rows. */
const OPERATIONS = {
  'new Network': `make()`,
  'new Dataset': `new Dataset(list, y)`,
  fit: `net.fit(x, y, { batchSize: 200 })`,
  'fit with validation': `net.fit(list, y, { batchSize: 200, validationSplit: 0.5, statistics: true })`,
  trainBatch: `net.trainBatch(x, y)`,
  predict: `net.predict(x)`,
  predictAsync: `net.predictAsync(x)`,
  evaluate: `net.evaluate(x, y)`,
  lossAndGradients: `net.lossAndGradients(x, y, { inputGradients: true })`,
  gradientCheck: `gradientCheck(net, x.subarray(0, width), y.subarray(0, width), { checksPerTensor: 1 })`,
  getParameters: `net.getParameters()`,
  setParameters: `net.setParameters(parameters)`,
  save: `net.save(folder + '/saved.safetensors')`,
  load: `Network.load(folder + '/model.safetensors', { backend })`,
};

const PROGRAM = (backend, operation, margin) => `
  import { execFileSync } from 'node:child_process';
  import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
  import { tmpdir } from 'node:os';
  import { Dataset, gradientCheck, Network } from 'chainrule';
  const backend = '${backend}', width = 5000, rows = 200;
  const make = () => new Network({ inputSize: width, layers: [{ units: width, initializer: 'zeros' }], backend, seed: 1 });
  const net = make();
  const x = new Float32Array(width * rows).fill(0.1), y = new Float32Array(width * rows).fill(0.2);
  const list = Array.from({ length: rows }, (_, r) => x.subarray(r * width, (r + 1) * width));
  const folder = mkdtempSync(tmpdir() + '/chainrule-margins-');
  const operation = '${operation}';
  const parameters = operation === 'setParameters' ? net.getParameters() : null;
  if (operation === 'load') await net.save(folder + '/model.safetensors');
  const mapped = 1024 * Number(readFileSync('/proc/self/status', 'utf8').match(/VmSize:\\s+(\\d+)/)[1]);
  execFileSync('prlimit', ['--pid', String(process.pid), '--as=' + (mapped + ${margin}e6)]);
  let end = 'done';
  try { await ${OPERATIONS[operation]}; } catch ({ name, code, message }) { end = code ?? name + ': ' + message; }
  rmSync(folder, { recursive: true });
  console.log(end);
`;

/** @returns {Promise<import('./child.mjs').Finding>} */
export async function memoryMargins(operations = Object.keys(OPERATIONS), margins = MARGINS) {
  const failures = [];
  const ends = { done: 0, ERR_MEMORY: 0 };
  for (const backend of ['native', 'reference']) {
    for (const operation of operations) {
      for (const margin of margins) {
        const { status, stdout, stderr } = await runNode(PROGRAM(backend, operation, margin));
        const end = stdout.trim();
        if (status === 0 && end in ends) ends[end]++;
        else
          failures.push(
            `${backend}, ${operation}, ${margin} MB: ${end} (status ${status}) ${stderr.slice(0, 200)}`,
          );
      }
    }
  }
  return {
    trials: 2 * operations.length * margins.length,
    failures,
    note: `${ends.done} worked, ${ends.ERR_MEMORY} threw ERR_MEMORY`,
  };
}
