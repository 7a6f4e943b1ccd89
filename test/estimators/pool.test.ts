import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { runPool } from '../../src/estimators/pool.js';

it('runs at most so many at once, in order, and keeps the order of the results', async () => {
  let running = 0;
  let most = 0;
  const started: number[] = [];
  const tasks = Array.from({ length: 7 }, (_, i) => async () => {
    started.push(i);
    most = Math.max(most, ++running);
    for (let turn = 0; turn < 7 - i; turn++) await setImmediate();
    running--;
    return 10 * i;
  });
  expect(await runPool(tasks, 3)).toEqual([0, 10, 20, 30, 40, 50, 60]);
  expect(started).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(most).toBe(3);
});

it('starts no further task after one has failed, and waits for those that run', async () => {
  const events: string[] = [];
  const tasks = [
    async () => {
      await setImmediate();
      throw new Error('the first');
    },
    async () => {
      for (let turn = 0; turn < 5; turn++) await setImmediate();
      events.push('the second has ended');
    },
    async () => {
      events.push('the third has started');
    },
  ];
  await expect(runPool(tasks, 2, () => events.push('cancelled'))).rejects.toThrow('the first');
  expect(events).toEqual(['cancelled', 'the second has ended']);
});
