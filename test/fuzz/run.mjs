#!/usr/bin/env node
/**
 * Gives mutants of small files to every parser that reads files of others:
 *
 *     npm run test:fuzz -- [--parser NAME] [--trials 10000] [--minutes 120] [--seed 1] [--masks 9] [--sample N]
 *
 * For each parser: `trials` mutants that know the format, every beginning of its smallest seed, and every byte of it
 * changed by `masks` masks (255: in every way); with --sample only N of these. A result or a typed error is right, in less than a second; a message
 * of bounded length; no changed prototype; and a step on a network that loads must leave finite weights. Prints a
 * line for each parser and the failures, whose bytes it keeps, and ends with status 1 if there are any.
 */

import { fork } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as chainrule from '../../dist/index.js';
import { countOf, planOf, trialAt } from './plan.mjs';
import { allTargets } from './targets/all.mjs';

const WORKER = fileURLToPath(new URL('worker.mjs', import.meta.url));
/** Of a process's JavaScript: many times what a small file needs. */
const MOST_HEAP_MEGABYTES = 300;
const MOST_RESIDENT_MEGABYTES = 700;
/** Without a trial that ends. */
const MOST_SILENCE_MILLISECONDS = 30_000;
const MOST_SHOWN = 10;
const FOLDER = path.join(tmpdir(), 'chainrule-fuzz-failures');

function readOptions() {
  const { values } = parseArgs({
    options: {
      parser: { type: 'string' },
      trials: { type: 'string', default: '10000' },
      minutes: { type: 'string', default: '120' },
      seed: { type: 'string', default: '1' },
      masks: { type: 'string', default: '9' },
      sample: { type: 'string', default: '1e9' },
    },
  });
  const numbers = ['trials', 'minutes', 'seed', 'masks', 'sample'].map((name) => [
    name,
    Number(values[name]),
  ]);
  for (const [name, value] of numbers) {
    if (!Number.isFinite(value)) throw new Error(`--${name} is ${values[name]}, expected a number`);
  }
  return { parser: values.parser, ...Object.fromEntries(numbers) };
}

/** Does trials from `from` on in a process; resolves when it ends, with why if that was too early. */
function doTrials(parser, options, from, deadline, onTrial) {
  const child = fork(WORKER, [JSON.stringify({ parser, options, from, deadline })], {
    execArgv: [`--max-old-space-size=${MOST_HEAP_MEGABYTES}`],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  return new Promise((resolve) => {
    let why;
    let at = from;
    let heard = Date.now();
    const watch = setInterval(() => {
      if (Date.now() - heard < MOST_SILENCE_MILLISECONDS) return;
      why ??= `it did not end within ${MOST_SILENCE_MILLISECONDS / 1000} s`;
      child.kill('SIGKILL');
    }, 1000);
    child.on('message', ({ begun, done }) => {
      heard = Date.now();
      if (begun === undefined) onTrial(done);
      else at = begun;
    });
    child.on('close', (code, signal) => {
      clearInterval(watch);
      if (code !== 0)
        why ??= `the process ended by ${signal ?? `status ${code}`}, for want of memory or by a crash`;
      resolve({ why, at });
    });
  });
}

async function fuzz(target, options, deadline) {
  const plan = planOf(target, options);
  const counts = {};
  const failures = [];
  let [loaded, slowest, resident] = [0, 0, 0];
  const started = Date.now();
  for (let from = 0; from < countOf(plan) && Date.now() < deadline; ) {
    const { why, at } = await doTrials(target.name, options, from, deadline, (trial) => {
      counts[trial.kind] = (counts[trial.kind] ?? 0) + 1;
      if (trial.kind === 'mutants' && trial.loaded) loaded++;
      slowest = Math.max(slowest, trial.milliseconds);
      resident = Math.max(resident, trial.resident);
      if (trial.fault !== undefined) failures.push({ number: trial.number, why: trial.fault });
    });
    if (why !== undefined) failures.push({ number: at, why });
    from = at + 1;
  }
  const seconds = Math.round((Date.now() - started) / 1000);
  return { plan, counts, failures, loaded, slowest, resident, seconds };
}

function tell(target, { plan, counts, failures, loaded, slowest, resident, seconds }) {
  const { mutants = 0, truncations = 0, flips = 0 } = counts;
  const parts = `${mutants} mutants (${loaded} loaded), ${truncations} truncations, ${flips} flips`;
  const most = `slowest ${slowest.toFixed(0)} ms, at most ${resident.toFixed(0)} MB`;
  console.log(`${target.name.padEnd(9)} ${parts}: ${failures.length} failures; ${most}, ${seconds} s`);
  failures.forEach(({ number, why }, i) => {
    const { bytes, what } = trialAt(plan, number);
    mkdirSync(FOLDER, { recursive: true });
    const file = path.join(FOLDER, `${target.name}-${number}`);
    writeFileSync(file, bytes);
    if (i < MOST_SHOWN) console.log(`  ${what}: ${why}\n    its bytes: ${file}`);
  });
  if (resident > MOST_RESIDENT_MEGABYTES) console.log(`  expected at most ${MOST_RESIDENT_MEGABYTES} MB`);
  return failures.length === 0 && resident <= MOST_RESIDENT_MEGABYTES;
}

async function main() {
  const { parser, minutes, ...options } = readOptions();
  const all = allTargets(chainrule);
  const targets = all.filter(({ name }) => parser === undefined || name === parser);
  if (targets.length === 0) throw new Error(`parsers are ${all.map(({ name }) => name).join(', ')}`);
  const day = new Date().toISOString().slice(0, 10);
  console.log(`seed ${options.seed}, Node ${process.version}, ${cpus()[0]?.model}, ${day}`);
  const deadline = Date.now() + 60_000 * minutes;
  for (const target of targets) {
    const isWell = tell(target, await fuzz(target, options, deadline));
    if (!isWell) process.exitCode = 1;
  }
}

await main();
