import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { copyOf } from './app.js';
import { fetchBun, fetchDeno, fetchNode, isLinuxX64, NODES } from './fetched.js';
import { bareEnvironment, type RunResult, run } from './run.js';

const WRITE = `
  import { writeFileSync } from 'node:fs';
  import { MLPClassifier } from 'chainrule';
  const rows = Array.from({ length: 60 }, (_, i) => ({ size: i % 9, day: \`2026-01-\${10 + (i % 20)}\`, kind: 'xyz'[i % 3] }));
  const labels = rows.map(({ size }, i) => (size > 4 ? 'big' : i % 2 ? 'odd' : 'even'));
  const classifier = new MLPClassifier({ seed: 1, members: 1, epochs: 2 });
  await classifier.fit(rows, labels);
  writeFileSync('model.mjs', classifier.toModule());
  writeFileSync('rows.json', JSON.stringify(rows));
  console.log(JSON.stringify(classifier.predict(rows)));`;

const READ = `
  import { predict } from './model.mjs';
  import rows from './rows.json' with { type: 'json' };
  console.log(JSON.stringify(predict(rows)));`;

describe.skipIf(!isLinuxX64)('the module of a model, written by the installed package, predicts in', () => {
  const app = copyOf(inject('installed'));
  afterAll(() => app.remove());
  let expected: string;
  beforeAll(async () => {
    app.write('write.mjs', WRITE);
    app.write('read.mjs', READ);
    expected = (await run(process.execPath, ['write.mjs'], { cwd: app.folder })).stdout;
    expect(JSON.parse(expected)).toHaveLength(60);
  });

  const check = ({ status, stdout, stderr }: RunResult) =>
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: expected, stderr: '' });

  test.each(Object.keys(NODES).map(Number) as (keyof typeof NODES)[])('Node %i', async (major) => {
    check(await run(await fetchNode(major), ['--no-warnings', 'read.mjs'], { cwd: app.folder }));
  });

  test('Bun', async () => {
    check(await run(await fetchBun(), ['read.mjs'], { cwd: app.folder }));
  });

  test('Deno, which permits it nothing', async () => {
    const env = { ...bareEnvironment(), DENO_DIR: app.path('deno'), DENO_NO_UPDATE_CHECK: '1' };
    check(await run(await fetchDeno(), ['run', '--no-prompt', 'read.mjs'], { cwd: app.folder, env }));
  });
});
