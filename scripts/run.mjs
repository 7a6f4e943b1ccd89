/** Runs other programs, without a terminal to ask questions on. */

import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';

/**
 * Runs a program to its end.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {object} options
 * @param {string} options.cwd
 * @param {NodeJS.ProcessEnv} [options.env]
 * @param {number | 'inherit'} [options.output] where all that it prints goes: a file, or the terminal
 * @returns {Promise<number>} its exit status; 1 when it could not be started or was killed
 */
export function run(program, args, { cwd, env = process.env, output = 'inherit' }) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', output, output] });
    child.once('error', (error) => {
      console.error(`${program}: ${error.message}`);
      resolve(1);
    });
    child.once('close', (status) => resolve(status ?? 1));
  });
}

/**
 * Runs a program that must succeed, and prints what it does and how long it took.
 *
 * @param {string} title
 * @param {string} program
 * @param {string[]} args
 * @param {object} [options]
 * @param {string} [options.cwd]
 * @param {NodeJS.ProcessEnv} [options.env] in addition to this process's
 * @returns {Promise<string>} what it printed
 * @throws {Error} with the log's beginning and end where it fails
 */
export async function runOrThrow(title, program, args, { cwd = process.cwd(), env = {} } = {}) {
  const folder = mkdtempSync(path.join(tmpdir(), 'chainrule-log-'));
  const log = path.join(folder, 'log');
  const output = openSync(log, 'w');
  const start = performance.now();
  // Lines of their own: several may run at once.
  process.stderr.write(`${title} ...\n`);
  try {
    const status = await run(program, args, { cwd, env: { ...process.env, ...env }, output });
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    const printed = readFileSync(log, 'utf8');
    if (status !== 0) throw new Error(`${title}: failed after ${seconds} s\n${excerpt(printed)}`);
    process.stderr.write(`${title}: ${seconds} s\n`);
    return printed;
  } finally {
    closeSync(output);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The beginning and the end of a log: npm says first what went wrong, compilers say it last. */
function excerpt(log, { first = 10, last = 40 } = {}) {
  const lines = log.trimEnd().split('\n');
  if (lines.length <= first + last) return lines.join('\n');
  const left = lines.length - first - last;
  return [...lines.slice(0, first), `... (${left} lines) ...`, ...lines.slice(-last)].join('\n');
}
