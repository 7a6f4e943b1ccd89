import { describe, expect, test } from 'vitest';
import { longFit, runChild } from '../child.js';

describe('a process can end while a network is being trained', () => {
  test.for([0, 3])('by process.exit(%i)', async (status) => {
    const result = await runChild(`${longFit}
      startFit(makeNetwork());
      setTimeout(() => process.exit(${status}), 100);
    `);
    expect(result).toEqual({ status, stdout: '', stderr: '' });
  });

  test('by SIGTERM', async () => {
    const { status } = await runChild(`${longFit}
      startFit(makeNetwork());
      setTimeout(() => process.kill(process.pid, 'SIGTERM'), 100);
    `);
    expect(status).toBe('SIGTERM');
  });

  test('by an uncaught error', async () => {
    const { status, stderr } = await runChild(`${longFit}
      startFit(makeNetwork());
      setTimeout(() => { throw new Error('on purpose') }, 100);
    `);
    expect(status).toBe(1);
    expect(stderr).toContain('on purpose');
  });

  test('on its own, once the last fit has ended', async () => {
    const result = await runChild(`${longFit}
      startFit(makeNetwork(), { epochs: 2 }).then((history) => console.log(history.stoppedBy));
    `);
    expect(result).toEqual({ status: 0, stdout: 'epochs\n', stderr: '' });
  });

  test('after spawning another process mid-fit', async () => {
    const result = await runChild(`${longFit}
      import { spawnSync } from 'node:child_process';
      const stop = new AbortController();
      const fit = startFit(makeNetwork(), { signal: stop.signal });
      setTimeout(() => {
        console.log(spawnSync(process.execPath, ['-p', '6 * 7']).stdout.toString().trim());
        stop.abort();
      }, 100);
      await fit;
    `);
    expect(result).toEqual({ status: 0, stdout: '42\n', stderr: '' });
  });
});
