/** Runs the built command line as a person would. */

import { spawn } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
/** Longer than any of the small files takes. */
const MOST_MILLISECONDS = 300_000;

/** @returns {Promise<{ status: number | null, stdout: string, stderr: string }>} */
export function run(args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [PROGRAM, ...args], { timeout: MOST_MILLISECONDS });
    const texts = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr']) {
      child[name].setEncoding('utf8').on('data', (text) => {
        texts[name] += text;
      });
    }
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, ...texts }));
  });
}

/** Trains on a file. `report` is the program's JSON, null if it failed. */
export async function train(file, { target, header }, model) {
  const args = ['train', file, '--target', String(target), '--out', model, '--seed', '1', '--json'];
  if (header !== undefined) args.push(header ? '--header' : '--no-header');
  const result = await run(args);
  return { ...result, report: result.status === 0 ? JSON.parse(result.stdout) : null };
}

/** Predicts a file into another one. */
export function predict(model, file, { header }, out, more = []) {
  const args = ['predict', model, file, '--out', out, ...more];
  if (header !== undefined) args.push(header ? '--header' : '--no-header');
  return run(args);
}

/** The warnings and notes that a person sees, a line each, and the lines that list the columns left out. */
export function warningsOf({ stderr, report }) {
  const leftOut = (report?.columns ?? []).filter(({ used, role }) => !used && role === 'feature');
  return [
    // Lines of progress are full of numbers that a warning might have to mention.
    ...stderr.split('\n').filter((line) => /^(warning|task): /.test(line)),
    ...(report?.warnings ?? []),
    ...leftOut.map(({ name, kind, reason }) => `left out: ${name} (${kind}: ${reason})`),
  ];
}
