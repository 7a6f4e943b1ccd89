import process from 'node:process';
import { buildEnvironment, runOrThrow } from './run.js';

/** Runs npm and returns what it printed to standard output. */
export async function npm(args: readonly string[], cwd: string): Promise<string> {
  // Under `npm test` this names npm's own script, which works on systems where npm is npm.cmd, too.
  const script = process.env.npm_execpath ?? '';
  const isNpm = /npm-cli\.c?js$/.test(script);
  const [program, first] = isNpm ? [process.execPath, [script]] : ['npm', []];
  return (await runOrThrow(program, [...first, ...args], { cwd, env: buildEnvironment() })).stdout;
}
