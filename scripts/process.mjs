/** Finds programs, runs them and keeps their output; and helps scripts that are programs themselves. */

import { spawn } from 'node:child_process';
import { accessSync, closeSync, constants, mkdirSync, openSync, readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** The project's root, whatever the current directory is. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** True when the module at `url` is the program that node was started with. */
export function isMain(url) {
  return process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(url);
}

/** Full path of a program on PATH, or ''. */
export function findProgram(name, env = process.env) {
  for (const folder of (env.PATH ?? '').split(path.delimiter)) {
    const file = path.join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not in this folder.
    }
  }
  return '';
}

/**
 * Runs a program to its end, without a terminal on which it could ask questions.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {object} options
 * @param {string} options.cwd
 * @param {NodeJS.ProcessEnv} [options.env]
 * @param {string} [options.log] file for everything it prints; by default the terminal
 * @returns {Promise<number>} its exit status; 1 if it could not be started or was killed
 */
export function run(program, args, { cwd, env = process.env, log }) {
  if (log) mkdirSync(path.dirname(log), { recursive: true });
  const output = log ? openSync(log, 'w') : 'inherit';
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', output, output] });
    child.once('error', (error) => {
      console.error(`${program}: ${error.message}`);
      resolve(1);
    });
    child.once('close', (status) => resolve(status ?? 1));
  }).finally(() => {
    if (typeof output === 'number') closeSync(output);
  });
}

/** The beginning and the end of a log: npm reports errors first, compilers last. */
export function excerpt(file, { first = 10, last = 40 } = {}) {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  if (lines.length <= first + last) return lines.join('\n');
  const left = lines.length - first - last;
  return [...lines.slice(0, first), `... (${left} lines) ...`, ...lines.slice(-last)].join('\n');
}
