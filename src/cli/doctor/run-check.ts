/** Runs the probe in a separate process and reads what it prints, however that process ends. */

import { type ChildProcess, spawn } from 'node:child_process';
import process from 'node:process';
import { messageOf } from '../../error.js';
import { CLI_FILE } from '../package-folder.js';
import type { CheckEnd, Failure, Stage } from './facts.js';
import type { ProbeLine, StageResults } from './probe.js';

/** The result of one run of the probe. */
export interface CheckOutcome {
  found: Partial<StageResults>;
  failed: Partial<Record<Stage, Failure>>;
  end: CheckEnd;
}

export interface CheckOptions {
  /** The environment of the process. */
  env: NodeJS.ProcessEnv;
  /** The process is killed after this many seconds. */
  timeLimit: number;
}

/** Windows has no signals: an exception becomes the exit status. */
const WINDOWS_EXCEPTIONS: Record<number, string> = {
  3221225477: 'ACCESS_VIOLATION',
  3221225501: 'ILLEGAL_INSTRUCTION',
  3221225620: 'INTEGER_DIVIDE_BY_ZERO',
  3221225725: 'STACK_OVERFLOW',
  3221226505: 'FAST_FAIL',
};

const LONGEST_STDERR = 2000;

export async function runCheck(
  stages: readonly Stage[],
  { env, timeLimit }: CheckOptions,
): Promise<CheckOutcome> {
  const begun = performance.now();
  const outcome: Omit<CheckOutcome, 'end'> = { found: {}, failed: {} };
  const end = await watch(stages, env, timeLimit, outcome);
  return { ...outcome, end: { ...end, seconds: (performance.now() - begun) / 1000 } };
}

async function watch(
  stages: readonly Stage[],
  env: NodeJS.ProcessEnv,
  timeLimit: number,
  { found, failed }: Omit<CheckOutcome, 'end'>,
): Promise<Omit<CheckEnd, 'seconds'>> {
  let child: ChildProcess;
  try {
    child = spawn(process.execPath, [...ownFlags(), CLI_FILE, 'probe', ...stages], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    // The permission model throws at once.
    return refused(error);
  }
  let [stdout, stderr, timedOut] = ['', '', false];
  child.stdout?.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    stderr = (stderr + text).slice(-LONGEST_STDERR);
  });
  const timer = setTimeout(() => {
    timedOut = true;
    child.kill('SIGKILL');
  }, timeLimit * 1000);
  const ended = await new Promise<{ error?: Error; status: number | null; signal: string | null }>(
    (resolve) => {
      child.once('error', (error) => resolve({ error, status: null, signal: null }));
      child.once('close', (status, signal) => resolve({ status, signal }));
    },
  );
  clearTimeout(timer);
  if (ended.error) return refused(ended.error);
  const { stage, finished } = read(stdout, stages, found, failed);
  const signal = ended.signal ?? WINDOWS_EXCEPTIONS[ended.status ?? 0] ?? null;
  const how = timedOut ? 'timedOut' : signal !== null ? 'crashed' : finished ? 'finished' : 'exited';
  return {
    how,
    stage,
    signal: how === 'crashed' ? signal : null,
    status: ended.status,
    stderr: how === 'finished' ? '' : stderr.trimEnd(),
  };
}

/** Sorts what was printed; a line that is not ours comes from a library. */
function read(
  stdout: string,
  stages: readonly Stage[],
  found: Partial<StageResults>,
  failed: Partial<Record<Stage, Failure>>,
): { stage: Stage | null; finished: boolean } {
  let stage: Stage | null = null;
  let ended = 0;
  for (const text of stdout.split('\n')) {
    const line = parse(text);
    if (line === null) continue;
    stage = line.state === 'begun' ? line.stage : null;
    if (line.state !== 'begun') ended += 1;
    if (line.state === 'found') Object.assign(found, { [line.stage]: line.result });
    if (line.state === 'failed') failed[line.stage] = line.failure;
  }
  return { stage, finished: ended === stages.length };
}

function parse(text: string): ProbeLine | null {
  try {
    const line = JSON.parse(text);
    return typeof line?.state === 'string' ? line : null;
  } catch {
    return null;
  }
}

/** The process must see what a program started like this one would, but a debugger's port has only one owner. */
function ownFlags(): string[] {
  return process.execArgv.filter((flag) => !/^--(inspect|watch|cpu-prof|heap-prof)/.test(flag));
}

function refused(error: unknown): Omit<CheckEnd, 'seconds'> {
  return { how: 'refused', stage: null, signal: null, status: null, stderr: messageOf(error) };
}
