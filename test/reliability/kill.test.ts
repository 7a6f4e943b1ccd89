/** Promise 4. The long form is `npm run test:crash`. */

import { expect, it } from 'vitest';

const { killTrainings } = await import(new URL('kills.mjs', import.meta.url).href);

it('a training that is killed goes on from what it has said to be on disk, to the same bits', async () => {
  const { kills, ends, failures } = await killTrainings(4, { shorter: 8 });
  expect(failures).toEqual([]);
  expect(kills).toBeGreaterThanOrEqual(4);
  expect(ends).toBeGreaterThan(0);
});
