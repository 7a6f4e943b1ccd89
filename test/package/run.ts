import { type SpawnOptions, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';

export interface RunResult {
  /** Exit status, or the signal that ended it. */
  status: number | string;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  cwd: string;
  /** The program's whole environment; by default only a PATH with only node. */
  env?: Record<string, string | undefined>;
  timeout?: number;
}

/** Runs a program to its end and keeps what it printed. Throws only if it cannot be started. */
export function run(program: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  const { cwd, env = bareEnvironment(), timeout = 300_000 } = options;
  const spawnOptions: SpawnOptions = { cwd, env, timeout, killSignal: 'SIGKILL' };
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...spawnOptions, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = { stdout: '', stderr: '' };
    child.stdout?.setEncoding('utf8').on('data', (text) => {
      output.stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text) => {
      output.stderr += text;
    });
    child.once('error', reject);
    child.once('close', (status, signal) => resolve({ status: status ?? signal ?? 'unknown', ...output }));
  });
}

/** Like `run`, for steps that a test depends on: if the program fails, throws with what it printed. */
export async function runOrThrow(program: string, args: readonly string[], options: RunOptions) {
  const result = await run(program, args, options);
  if (result.status === 0) return result;
  const { status, stdout, stderr } = result;
  throw new Error(`${program} ${args.join(' ')} ended with ${status}\n${stdout}\n${stderr}`);
}

let bin: string | undefined;

/** The environment of a machine with node and nothing else: no compiler, no npm, no library path. */
export function bareEnvironment(): Record<string, string> {
  if (bin === undefined) {
    const folder = mkdtempSync(path.join(tmpdir(), 'chainrule-bin-'));
    symlinkSync(process.execPath, path.join(folder, 'node'));
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    bin = folder;
  }
  return { PATH: bin };
}

/** This process's environment without the variables that the library and its processes obey. */
export function buildEnvironment(): Record<string, string | undefined> {
  const dropped =
    /^(CHAINRULE_(BACKEND|ADDON|SIMD)|OPENBLAS_.*|NODE_.*|VITEST.*|npm_.*|TEST|DEV|PROD|MODE|SSR)$/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !dropped.test(name)));
}
