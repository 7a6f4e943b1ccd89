// What is made of outputs, and what is found out for a file, leaves the event loop to others.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { MLPClassifier } from '../../src/estimators/classifier.js';

/** What part of its time `work` held the event loop at once, at most. */
async function longestHold(work: () => Promise<unknown>): Promise<number> {
  let last = performance.now();
  let longest = 0;
  const look = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  };
  const timer = setInterval(look, 1);
  const start = performance.now();
  try {
    await work();
  } finally {
    look();
    clearInterval(timer);
  }
  return longest / (performance.now() - start);
}

it('predictions of many classes and their file', { timeout: 60_000 }, async () => {
  const rows = Array.from({ length: 80_000 }, (_, i) => ({ b: Math.sin(i), c: i % 97, y: `x${i % 40}` }));
  const model = new MLPClassifier({ seed: 1, members: 1, epochs: 1 });
  await model.fit(rows, 'y');
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'chainrule-long-')), 'model.safetensors');
  // Others on the machine hold it, too.
  const holds = async (work: () => Promise<unknown>) =>
    Math.min(await longestHold(work), await longestHold(work), await longestHold(work));
  expect(await holds(() => model.predictProbabilityAsync(rows))).toBeLessThan(0.15);
  expect(await holds(() => model.predictAsync(rows))).toBeLessThan(0.15);
  expect(await holds(() => model.save(file))).toBeLessThan(0.25);
});
