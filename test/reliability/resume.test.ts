/** Promise 6: a fit that was interrupted comes to the same bits as one that was not. */

import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);
const NAMES = ['memory', 'schedules', 'batches', 'classifier', 'regressor'];

/** The lines of JSON that a script prints in a process of its own. */
async function linesOf<Line>(script: string, task: object): Promise<Line[]> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const { stdout, stderr } = await run(process.execPath, [path, JSON.stringify(task)]);
  expect(stderr).toBe('');
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

interface Stopped {
  name: string;
  epochs: number;
  digest: string;
}

interface Resumed {
  name: string;
  /** The epoch after which it was stopped. */
  k: number;
  /** Epochs that were trained after that. */
  trained: number;
  digest: string;
}

describe.each(['native', 'reference'])('a training on the %s engine', (backend) => {
  it('stopped after any epoch goes on in another process, with other threads, to the same bits', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'chainrule-'));
    const stopping = { names: NAMES, machine: { threads: 1, backend }, folder };
    const stopped = await linesOf<Stopped>('stop.mjs', stopping);
    const going = { stopped, machine: { threads: 3, backend }, folder };
    const resumed = await linesOf<Resumed>('go-on.mjs', going);
    const expected = stopped.flatMap(({ name, epochs, digest }) =>
      Array.from({ length: epochs - 1 }, (_, i) => ({ name, k: i + 1, trained: epochs - i - 1, digest })),
    );
    expect(resumed).toEqual(expected);
    expect(resumed.length).toBeGreaterThan(40);
    // Early stopping has ended this one.
    expect(stopped[0].epochs).toBeLessThan(14);
  });
});
