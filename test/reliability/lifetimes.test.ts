import { expect, test } from 'vitest';

interface Finding {
  trials: number;
  failures: string[];
}

/** A scenario of the folder, which plain Node runs, too. */
async function scenario(file: string, name: string): Promise<(trials?: number) => Promise<Finding>> {
  return (await import(new URL(`soak/${file}.mjs`, import.meta.url).href))[name];
}

// The short form; npm run test:soak is the same with more trials.
const timed = { timeout: 120_000 };
/** Of what is measured another program's stall may be the fault; a crash or a wrong bit is never. */
const measured = { ...timed, retry: 1 };

test('workers may be terminated in the middle of whatever they do', timed, async () => {
  const run = await scenario('worker-ends', 'workerEnds');
  expect((await run(36)).failures).toEqual([]);
});

test('a process ends as it is told to in the middle of a fit', timed, async () => {
  const run = await scenario('process-ends', 'processEnds');
  expect((await run()).failures).toEqual([]);
});

test('calls that JavaScript interrupts leave networks usable', timed, async () => {
  const run = await scenario('interrupted-calls', 'interruptedCalls');
  expect((await run()).failures).toEqual([]);
});

test('an abort ends a fit soon, at a whole step, and leaves no listener', measured, async () => {
  const run = await scenario('aborts', 'aborts');
  expect((await run(20)).failures).toEqual([]);
});

test('what becomes of the buffers after the call does not matter', timed, async () => {
  const run = await scenario('buffers', 'buffers');
  expect((await run(12)).failures).toEqual([]);
});

// It reads what Linux knows of the process.
test.runIf(process.platform === 'linux')('nothing grows', timed, async () => {
  const run = await scenario('growth', 'growth');
  expect((await run(0.05)).failures).toEqual([]);
});
