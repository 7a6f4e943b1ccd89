/**
 * The instructions of a training step, compared with the recorded count. A busy machine and a quiet one give
 * the same count to a millionth, so a tenth more is noticed. valgrind counts them; where it is missing,
 * fraction.mjs times steps instead.
 */

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { promisify } from 'node:util';
import { findProgram } from '../../scripts/process.mjs';
import { findCases, flopsOf } from '../cases.mjs';
import { coreEnvironment, PROGRAM } from '../core-bench.mjs';

/** What was recorded: instructions a step, and the compiler and the Highway that they are of. */
export const RECORDED_FILE = new URL('../../test/step-instructions.json', import.meta.url);

/** How to record again, for messages. */
export const RENEW = 'npm run record:steps';

/** More than this times the recorded count is slower; less than one over it must be recorded. */
export const TOLERANCE = 1.1;

/**
 * The upper limit for code of another compiler or Highway. Two compilers' code for a loop differs by some
 * tenths; a loop that is no longer vectorised, or an allocation, costs more than that.
 */
export const FOREIGN_TOLERANCE = 1.5;

/**
 * @typedef {object} Counted
 * @property {string} simd instruction set that is forced. valgrind does not support AVX-512, and computes
 *   AVX2's fused multiply-adds one by one in software, seconds per step from the fourth case on. SSE4 has no
 *   fused multiply-adds, and its kernels have the same bodies
 * @property {string} name of the case
 * @property {number} steps of the first run; the second takes twice as many
 */

/** @type {Counted[]} */
export const COUNTED = [
  { simd: 'AVX2', name: '4-16-3 B16', steps: 500 },
  { simd: 'AVX2', name: '30-64-32-1 B32', steps: 20 },
  { simd: 'AVX2', name: '784-128-10 B128', steps: 1 },
  { simd: 'SSE4', name: '4-16-3 B16', steps: 500 },
  { simd: 'SSE4', name: '30-64-32-1 B32', steps: 100 },
  { simd: 'SSE4', name: '784-128-10 B128', steps: 4 },
  { simd: 'SSE4', name: '784-512-256-10 B128', steps: 2 },
  { simd: 'SSE4', name: '784-1024-1024-10 B256', steps: 1 },
];

/** The most multiplications and additions in one instruction: AVX2 fuses eight of each, SSE4 has four of one. */
const FLOPS_PER_INSTRUCTION = { AVX2: 16, SSE4: 4 };

/** @returns {{ toolchain: string, instructions: Record<string, number> }} */
export function readRecorded() {
  return JSON.parse(readFileSync(RECORDED_FILE, 'utf8'));
}

/** The name of a count, also in the file. */
export function label({ simd, name }) {
  return `${name}, ${simd}`;
}

/** Why instructions cannot be counted here, or '' if they can. */
export function whyNotCounted({ platform = process.platform, arch = process.arch, env = process.env } = {}) {
  if (platform !== 'linux' || arch !== 'x64') return `counts are of Linux on x64, not ${platform} on ${arch}`;
  if (!findProgram('valgrind', env)) return 'valgrind is not installed';
  return '';
}

/** Whether this machine can run the instruction set, according to the system: our own check may be at fault. */
export function runsHere(simd, cpuinfo = readFileSync('/proc/cpuinfo', 'utf8')) {
  return simd !== 'AVX2' || (/\bavx2\b/.test(cpuinfo) && /\bfma\b/.test(cpuinfo));
}

/**
 * Instructions of one step, from two runs, one with twice as many steps: start and preparation cancel in the
 * difference.
 *
 * @param {Counted} counted
 * @returns {Promise<{ instructions: number, toolchain: string }>}
 */
export async function countInstructions({ simd, name, steps }) {
  const [once, twice] = await Promise.all([steps, 2 * steps].map((taken) => countRun(simd, name, taken)));
  return { instructions: (twice.instructions - once.instructions) / steps, toolchain: once.toolchain };
}

async function countRun(simd, name, steps) {
  const env = coreEnvironment(1, simd);
  delete env.VALGRIND_OPTS;
  // The fastest of valgrind's tools that counts: without caches, cachegrind does nothing else.
  const tool = ['--tool=cachegrind', '--cache-sim=no', '--cachegrind-out-file=/dev/null'];
  const run = promisify(execFile);
  const { stdout, stderr } = await run(
    'valgrind',
    [...tool, PROGRAM, '--steps', String(steps), '--case', name],
    { env },
  );
  return { instructions: parseCount(stderr), toolchain: parseSteps(stdout, steps) };
}

/** The total in cachegrind's output. */
export function parseCount(text) {
  const count = Number(/\bI\s+refs:\s+([\d,]+)/.exec(text)?.[1].replaceAll(',', ''));
  if (!(count > 0)) throw new Error(`valgrind counted nothing: ${text}`);
  return count;
}

/** The toolchain in core_bench's output, provided that it took all the requested steps. */
export function parseSteps(text, steps) {
  const [taken, ...toolchain] = text.trim().split(' ');
  if (Number(taken) !== steps)
    throw new Error(`core_bench did not take ${steps} steps; it printed '${text}'`);
  return toolchain.join(' ');
}

/**
 * Judges a count.
 *
 * @param {Counted} counted
 * @param {{ instructions: number, toolchain: string }} measured
 * @param {{ toolchain: string, instructions: Record<string, number> }} recorded
 * @returns {{ fault: string | null, note: string | null }} fault: what fails; note: what a reader should know
 */
export function judgeCount(counted, { instructions, toolchain }, recorded) {
  const name = label(counted);
  const expected = recorded.instructions[name];
  const [one] = findCases(counted.name);
  const least = flopsOf(one) / FLOPS_PER_INSTRUCTION[counted.simd];
  if (!(instructions >= least)) {
    const fault = `${name}: ${instructions} instructions cannot do a step's ${flopsOf(one)} operations`;
    return { fault, note: null };
  }
  if (!(expected > 0)) return { fault: `${name}: no instructions were recorded; ${RENEW}`, note: null };
  const ratio = instructions / expected;
  const came = `${name}: ${Math.round(instructions)} instructions a step, ${ratio.toFixed(3)} times the recorded ${expected}`;
  if (!isSameToolchain(toolchain, recorded.toolchain)) {
    const note = `${came}. Those are of ${recorded.toolchain}, this is ${toolchain}: up to ${FOREIGN_TOLERANCE} times as many pass`;
    return { fault: ratio <= FOREIGN_TOLERANCE ? null : note, note };
  }
  if (ratio > TOLERANCE) return { fault: `${came}: slower. If that is intended: ${RENEW}`, note: null };
  if (ratio < 1 / TOLERANCE) {
    return { fault: `${came}: better. To keep it so: ${RENEW}`, note: null };
  }
  return { fault: null, note: null };
}

/** A compiler's bug fixes change little, its releases and Highway's do. */
function isSameToolchain(a, b) {
  const release = (toolchain) => toolchain.replace(/^(\S+ \d+)[^,]*/, '$1');
  return release(a) === release(b);
}
