import { afterAll, describe, expect, inject, test } from 'vitest';
import { copyOf } from './app.js';
import { expectNative, expectReference } from './expectations.js';
import { fetchBun, fetchDeno, fetchNode, isLinuxX64, NODES } from './fetched.js';
import { bareEnvironment, run } from './run.js';

const installed = inject('installed');
const losses = inject('losses');
const [best] = inject('instructionSets');

describe.skipIf(!isLinuxX64)('runtimes', () => {
  describe.each(Object.keys(NODES).map(Number) as (keyof typeof NODES)[])('Node %i', (major) => {
    test.each(['probe.mjs', 'probe.cjs'])('%s trains natively', async (file) => {
      const result = await run(await fetchNode(major), [file], { cwd: installed });
      expect(expectNative(result, losses, best).runtime).toBe(`node ${NODES[major]}`);
    });
  });

  describe('Bun', () => {
    test.each(['probe.mjs', 'probe.cjs'])('%s trains natively', async (file) => {
      const result = await run(await fetchBun(), [file], { cwd: installed });
      expect(expectNative(result, losses, best).runtime).toMatch(/^bun/);
    });

    test('trains on the reference engine with --no-addons', async () => {
      expectReference(
        await run(await fetchBun(), ['--no-addons', 'probe.mjs'], { cwd: installed }),
        /addons/,
      );
    });
  });

  describe('Deno', () => {
    const app = copyOf(installed);
    afterAll(() => app.remove());
    const deno = async (...permissions: string[]) => {
      const args = ['run', '--no-prompt', '--node-modules-dir=manual', ...permissions, 'probe.mjs'];
      const env = { ...bareEnvironment(), DENO_DIR: app.path('deno'), DENO_NO_UPDATE_CHECK: '1' };
      return run(await fetchDeno(), args, { cwd: app.folder, env });
    };

    test('trains natively with all permissions', async () => {
      expect(expectNative(await deno('-A'), losses, best).runtime).toMatch(/^deno/);
    });

    test('trains natively without the permission to ask about the system', async () => {
      expectNative(await deno('--allow-read', '--allow-env', '--allow-ffi'), losses, best);
    });

    test('trains on the reference engine without the permission to load addons', async () => {
      expectReference(await deno('--allow-read', '--allow-env'), /Requires ffi access/);
    });
  });
});
