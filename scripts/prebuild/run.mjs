/** Runs programs whose failure ends the build with what they printed. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { excerpt, run } from '../process.mjs';

/**
 * Runs a program and prints what it does and how long it took.
 *
 * @param {string} title
 * @param {string} program
 * @param {string[]} args
 * @param {object} [options]
 * @param {string} [options.cwd]
 * @param {NodeJS.ProcessEnv} [options.env] in addition to this process's
 * @returns {Promise<string>} what it printed
 * @throws {Error} with the log's beginning and end if it fails
 */
export async function runOrThrow(title, program, args, { cwd = process.cwd(), env = {} } = {}) {
  const folder = mkdtempSync(path.join(tmpdir(), 'chainrule-log-'));
  const log = path.join(folder, 'log');
  const start = performance.now();
  // On separate lines: several may run at once.
  process.stderr.write(`${title} ...\n`);
  try {
    const status = await run(program, args, { cwd, env: { ...process.env, ...env }, log });
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    if (status !== 0) {
      throw new Error(`${title}: ${program} failed after ${seconds} s\n${excerpt(log)}`);
    }
    process.stderr.write(`${title}: ${seconds} s\n`);
    return readFileSync(log, 'utf8');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
