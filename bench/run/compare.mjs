/**
 * One case: everyone trains from the same weights on the same data in the same order, each in a process of
 * its own; who does not come to the losses of float64 is out; the others are timed in rounds, everyone once
 * a round, with the peaks between them.
 */

import { CHECKED_STEPS, LOSS_TOLERANCES } from '../cases.mjs';
import { Worker } from '../contenders/worker.mjs';
import { measurePeaks } from '../core-bench.mjs';
import { worstError } from '../report/statistics.mjs';

/**
 * @typedef {object} Plan how much time there is
 * @property {number} rounds
 * @property {number} roundSeconds for each contender
 * @property {number} slowestStep seconds; slower contenders are not started
 * @property {number} checkSeconds for the steps whose losses are checked
 * @property {boolean} thorough whether contenders try settings that take long to prepare
 */

/** A setting of a peer may be a program that is compiled first. */
const CREATION_SECONDS = 600;

/**
 * @param {import('../cases.mjs').Case} one
 * @param {object} setup
 * @param {import('../contenders/list.mjs').Contender[]} setup.contenders
 * @param {{ threads: number, simd: string | null }[]} setup.peaks which peaks to measure
 * @param {Record<string, number[]>} setup.expected losses in float64, by formula
 * @param {string} setup.folder with the case's data
 * @param {Plan} setup.plan
 * @param {(entry: import('../report/records.mjs').Entry) => Promise<void>} setup.afterRounds while the processes still stand
 * @returns {Promise<{ entries: import('../report/records.mjs').Entry[], peaks: (import('../core-bench.mjs').Peaks | null)[][] }>} peaks: one list a round
 */
export async function compare(one, { contenders, peaks, expected, folder, plan, afterRounds }) {
  const entries = contenders.map((contender) => ({
    contender,
    microseconds: [],
    cpuMicroseconds: [],
    peakBytes: 0,
  }));
  const runners = [];
  try {
    // One after the other: some try which of their settings is the fastest.
    for (const runner of await inTurn(entries, (entry) => start(one, entry, folder, plan))) {
      if (runner && (await warmUp(one, runner, expected, plan))) runners.push(runner);
    }
    const peakRounds = [];
    for (let round = 0; round < plan.rounds; round++) {
      for (const runner of runners) await runRound(runner);
      peakRounds.push(await inTurn(peaks, ({ threads, simd }) => measurePeaks(threads, simd)));
    }
    for (const { entry, worker } of runners) {
      if (!entry.problem) await afterRounds({ entry, worker });
    }
    return { entries, peaks: peakRounds };
  } finally {
    await Promise.all(runners.map(({ worker }) => worker.close()));
  }
}

/** A process with data and network; if that fails, null, with the entry's problem set. */
async function start(one, entry, folder, { slowestStep, thorough }) {
  const { contender } = entry;
  const guess = contender.guessSeconds(one);
  if (guess > slowestStep) {
    entry.problem = `not run: about ${guess.toPrecision(1)} s a step`;
    return null;
  }
  const worker = new Worker(contender);
  const { sizes, batch, loss, learningRate, steps } = one;
  const { threads, precision } = contender;
  const job = { sizes, batch, loss, learningRate, steps, folder, threads, precision, thorough };
  return attempt(entry, worker, async () => {
    Object.assign(entry, await worker.ask('create', { job }, CREATION_SECONDS));
    checkBackend(contender, entry.backend);
    return { entry, worker, steps: 0 };
  });
}

/** An engine that ignores what is forced on it must not be timed under that name. */
function checkBackend({ variant, backend: forced }, backend) {
  for (const [name, value] of Object.entries(forced)) {
    const actual = backend?.[name];
    if (actual !== value) {
      throw new Error(`not ${variant}: network.backend.${name} is '${actual}', expected '${value}'`);
    }
  }
}

/** Checks the losses and finds out how many steps a round takes; null where rounds cannot begin. */
function warmUp(one, runner, expected, { checkSeconds, roundSeconds }) {
  const { entry, worker } = runner;
  const guess = entry.contender.guessSeconds(one);
  return attempt(entry, worker, async () => {
    const checked = Math.max(1, Math.min(CHECKED_STEPS, Math.floor(checkSeconds / guess)));
    const { losses } = await worker.ask('losses', { steps: checked });
    entry.check = check(losses, expected[entry.contender.formula]);
    const { error, step } = entry.check;
    if (error > LOSS_TOLERANCES[entry.contender.precision] || Number.isNaN(error)) {
      throw new Error(`not counted: loss of step ${step} is off by ${error.toExponential(1)}`);
    }
    await prepare(runner, one, roundSeconds / 2 / guess);
    const { seconds } = await worker.ask('round');
    await prepare(runner, one, roundSeconds / (seconds / runner.steps));
    await worker.ask('round');
    return runner;
  });
}

/** The result of `work`; or null, with the process ended and its fault in the entry. */
async function attempt(entry, worker, work) {
  try {
    return await work();
  } catch (error) {
    entry.problem = error.message;
    entry.code = error.code;
    await worker.close();
    return null;
  }
}

function check(losses, expected) {
  if (losses === null) return { steps: 0 };
  const { error, index } = worstError(losses, expected);
  return { steps: losses.length, lastLoss: losses.at(-1), error, step: index + 1 };
}

/** Plans a round of about `wanted` steps: whole epochs, or some of the batches. */
async function prepare(runner, { batch, steps }, wanted) {
  const batches = Math.max(1, Math.min(steps, Math.round(wanted)));
  const epochs = Math.max(1, Math.round(wanted / batches));
  Object.assign(runner.entry, await runner.worker.ask('prepare', { rows: batches * batch, epochs }));
  runner.steps = batches * epochs;
}

async function runRound({ entry, worker, steps }) {
  if (entry.problem) return;
  await attempt(entry, worker, async () => {
    const { seconds, cpuSeconds, peakBytes } = await worker.ask('round');
    entry.microseconds.push((seconds / steps) * 1e6);
    entry.cpuMicroseconds.push((cpuSeconds / steps) * 1e6);
    entry.peakBytes = peakBytes;
  });
}

async function inTurn(items, work) {
  const results = [];
  for (const item of items) results.push(await work(item));
  return results;
}
