/** A contender written in JavaScript: a separate process that trains on request. */

import { readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';

/**
 * @typedef {object} Job the first line that a contender gets
 * @property {string} folder with the files `inputs`, `targets` and `parameters` of data.mjs
 * @property {number[]} sizes
 * @property {number} batch
 * @property {'crossEntropy' | 'bce'} loss
 * @property {number} steps number of batches in the data
 * @property {number} learningRate
 * @property {number} threads
 * @property {import('../cases.mjs').Precision | 'float64'} precision of products; float64: of everything, which
 *   only the Python contenders have
 * @property {boolean} thorough whether settings that take long to prepare are tried as well
 */

/**
 * @typedef {object} Trainer
 * @property {string} version
 * @property {import('../../src/index.js').BackendInfo} [backend] chainrule's, some of what `network.backend` says
 * @property {string} setting what it was set to beyond its defaults, in a few words
 * @property {(steps: number) => Promise<number[] | null>} losses trains on the first batches in turn; the
 *   loss before each step, or null if the loss is a different one
 * @property {(rows: number, epochs: number) => void | Promise<void>} prepare for rounds of this size
 * @property {() => Promise<unknown>} round `epochs` passes over the first `rows` rows, in their order
 * @property {Record<string, () => Promise<object>>} [extras] further measurements by name
 */

/**
 * Answers each line of standard input, a JSON object, with one on standard output. serve.py does the same in
 * Python.
 *
 * @param {(job: Job) => Promise<Trainer>} create
 */
export async function serve(create) {
  /** @type {Trainer} */
  let trainer;
  const commands = {
    async create({ job }) {
      trainer = await create(job);
      return { version: trainer.version, backend: trainer.backend };
    },
    losses: async ({ steps }) => ({ losses: await trainer.losses(steps) }),
    prepare: async ({ rows, epochs }) => {
      await trainer.prepare(rows, epochs);
      return { setting: trainer.setting };
    },
    round: async () => measure(() => trainer.round()),
    extra: async ({ name }) => trainer.extras[name](),
  };
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line);
    const reply = await commands[request.command](request).catch(faultOf);
    process.stdout.write(`${JSON.stringify(reply)}\n`);
  }
  process.exit(0);
}

/** An error as an answer, with its code, which would be lost in the output of a process that ends by it. */
function faultOf(error) {
  return { fault: { message: String(error), code: error.code } };
}

async function measure(work) {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await work();
  const seconds = (performance.now() - start) / 1e3;
  const { user, system } = process.cpuUsage(cpu);
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  return { seconds, cpuSeconds: (user + system) / 1e6, peakBytes };
}

/** @returns {import('../data.mjs').CaseData} */
export function readData({ folder }) {
  const buffer = (name) => {
    const { buffer: bytes, byteOffset, length } = readFileSync(path.join(folder, name));
    return [bytes, byteOffset, length / 4];
  };
  return {
    inputs: new Float32Array(...buffer('inputs')),
    targets: new Int32Array(...buffer('targets')),
    parameters: new Float32Array(...buffer('parameters')),
  };
}
