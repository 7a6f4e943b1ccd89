/**
 * Kills trainings at random moments and starts them again until they end. Promise 4: what a process has said to be on disk
 * is what the next one goes on from, or something newer; and the end has the bits of a training that nobody has killed.
 */

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const CHILD = fileURLToPath(new URL('killed.mjs', import.meta.url));
const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const MOST_MS = 400;
/** A part of the kills comes before the library is loaded. */
const EARLY = 0.1;
const KEEP = 2;

/** Long enough for some kills each, on a quiet machine. */
const KINDS = [
  { name: 'memory', epochs: 1500 },
  { name: 'schedules', epochs: 900 },
  { name: 'batches', epochs: 250 },
  { name: 'classifier', epochs: 250 },
  { name: 'regressor', epochs: 400 },
  { name: 'command line', epochs: 300 },
];

/**
 * @typedef {{ kills: number, ends: number, failures: string[] }} Trials
 */

/**
 * @param {number} kills how many to make
 * @param {{ random?: () => number, shorter?: number, onKill?: (trials: Trials) => void }} [options] `shorter`: by which factor
 * trainings are
 * @returns {Promise<Trials>}
 */
export async function killTrainings(kills, { random = Math.random, shorter = 1, onKill } = {}) {
  /** @type {Trials} */
  const trials = { kills: 0, ends: 0, failures: [] };
  /** @type {Map<string, string>} */
  const digests = new Map();
  for (let i = 0; trials.kills < kills; i++) {
    const kind = KINDS[i % KINDS.length];
    const task = { ...kind, epochs: Math.ceil(kind.epochs / shorter) };
    const { name } = task;
    if (!digests.has(name)) {
      const { end, stderr } = await run({ ...task, machine: machineOf(1), checkpoint: null }, null);
      if (end === null) throw new Error(`${name} does not end: ${stderr}`);
      digests.set(name, end);
    }
    await killUntilEnd(task, /** @type {string} */ (digests.get(name)), { trials, random, onKill });
  }
  return trials;
}

/** @param {number} threads */
const machineOf = (threads) => ({ threads, backend: 'native', size: 16, patience: 1e6 });

/**
 * @param {{ name: string, epochs: number }} task which training
 * @param {string} digest what it comes to
 * @param {{ trials: Trials, random: () => number, onKill?: (trials: Trials) => void }} context
 */
async function killUntilEnd(task, digest, { trials, random, onKill }) {
  const folder = mkdtempSync(path.join(tmpdir(), 'chainrule-'));
  const own = path.join(folder, 'checkpoints');
  const often = random() < 0.5 ? { everyEpochs: 1 } : { everyMs: 5 };
  let acknowledged = 0;
  // A busy machine needs longer to come to something new.
  let patience = MOST_MS;
  const fail = (/** @type {string} */ what) =>
    trials.failures.push(`${task.name}, kill ${trials.kills}: ${what}`);
  for (;;) {
    const threads = 1 + Math.floor(random() * 3);
    const after = random() < EARLY ? { start: random() * 100 } : { begun: random() * patience };
    const checkpoint = { path: own, keep: KEEP, ...often };
    const child = await run({ ...task, machine: machineOf(threads), checkpoint }, after);
    const { resumed, kept, beganAnew, end, stderr } = child;
    // A warning would mean that a checkpoint could not be read.
    if (stderr !== '') fail(stderr);
    if (resumed !== null && resumed < acknowledged) fail(`went on from ${resumed} after ${acknowledged}`);
    if (beganAnew && acknowledged > 0) fail(`began anew after ${acknowledged}`);
    patience = kept > acknowledged ? MOST_MS : 1.2 * patience;
    acknowledged = Math.max(acknowledged, kept);
    if (end !== null) {
      trials.ends++;
      if (end !== digest) fail('came to other bits');
      // One more may be there that was not acknowledged or whose predecessor was not removed yet.
      if (readdirSync(own).length > KEEP) fail(`left ${readdirSync(own)}`);
      break;
    }
    trials.kills++;
    onKill?.(trials);
  }
  rmSync(folder, { recursive: true });
}

/**
 * @typedef {object} Task
 * @property {string} name
 * @property {number} epochs
 * @property {{ threads: number }} machine
 * @property {{ path: string, keep: number, everyEpochs?: number, everyMs?: number } | null} checkpoint
 */

/**
 * Runs a training, and kills it if it is told when: some milliseconds after its start, or after it has begun.
 *
 * @param {Task} task
 * @param {{ start?: number, begun?: number } | null} after
 * @returns {Promise<{ resumed: number | null, kept: number, beganAnew: boolean, end: string | null, stderr: string }>}
 */
async function run(task, after) {
  if (task.name === 'command line') return runCommandLine(task, after);
  const { stdout, stderr } = await killed([CHILD, JSON.stringify(task)], after);
  const failed = /^failed .*$/m.exec(stdout)?.[0] ?? '';
  const [resumed = null] = numbers(stdout, /^resumed (\d+)$/gm);
  const kept = Math.max(0, ...numbers(stdout, /^kept (\d+)$/gm));
  return {
    resumed,
    kept,
    beganAnew: resumed === null && kept > 0,
    end: /^end (\w+)$/m.exec(stdout)?.[1] ?? null,
    stderr: stderr + failed,
  };
}

/** As `run`. Its checkpoints are acknowledged by their names: a file has its name when it is whole. */
async function runCommandLine(
  /** @type {Task} */ { epochs, machine, checkpoint },
  /** @type {{ start?: number, begun?: number } | null} */ after,
) {
  const folder = mkdtempSync(path.join(tmpdir(), 'chainrule-'));
  const rows = path.join(folder, 'rows.csv');
  writeFileSync(rows, csv());
  const model = path.join(folder, 'model');
  const train = ['train', rows, '--target', 'kind', '--seed', '1', '--epochs', epochs, '--members', '2'];
  const options = ['--hidden', '16', '--threads', machine.threads, '--out', model];
  const keeping =
    checkpoint === null ? [] : ['--checkpoint', checkpoint.path, '--resume', '--checkpoint-every', '5ms'];
  const { stdout, stderr } = await killed([CLI, ...train, ...options, ...keeping].map(String), after);
  const end = stdout.includes('model ')
    ? createHash('sha256').update(readFileSync(model)).digest('hex')
    : null;
  rmSync(folder, { recursive: true });
  const names = checkpoint !== null && existsSync(checkpoint.path) ? readdirSync(checkpoint.path) : [];
  return {
    resumed: numbers(stderr, /going on from .*checkpoint-(\d+)/g)[0] ?? null,
    kept: Math.max(0, ...numbers(names.join('\n'), /^checkpoint-(\d+)\.safetensors$/gm)),
    beganAnew: /^no checkpoint in/m.test(stderr),
    end,
    stderr: /^(warning|chainrule): .*$/m.exec(stderr)?.[0] ?? '',
  };
}

function csv() {
  const rows = Array.from({ length: 200 }, (_, i) => {
    const [a, b] = [Math.sin(i * 3.7), Math.cos(i * i)];
    return `${a},${b},${['red', 'green'][i % 2]},${a + b > 0 ? 'large' : 'small'}`;
  });
  return `${['a,b,colour,kind', ...rows].join('\n')}\n`;
}

const numbers = (/** @type {string} */ text, /** @type {RegExp} */ pattern) =>
  Array.from(text.matchAll(pattern), ([, number]) => Number(number));

/**
 * @param {string[]} args of node
 * @param {{ start?: number, begun?: number } | null} after
 * @returns {Promise<{ stdout: string, stderr: string }>}
 */
function killed(args, after) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args);
    const kill = () => child.kill('SIGKILL');
    /** @type {NodeJS.Timeout | undefined} */
    let timer;
    if (after?.start !== undefined) timer = setTimeout(kill, after.start);
    const hear = (/** @type {import('node:stream').Readable} */ stream) => {
      const chunks = /** @type {string[]} */ ([]);
      stream.setEncoding('utf8').on('data', (text) => {
        chunks.push(text);
        if (after?.begun !== undefined) timer ??= setTimeout(kill, after.begun);
      });
      return chunks;
    };
    const [stdout, stderr] = [hear(child.stdout), hear(child.stderr)];
    child.on('close', () => {
      clearTimeout(timer);
      resolve({ stdout: stdout.join(''), stderr: stderr.join('') });
    });
  });
}
