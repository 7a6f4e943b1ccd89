import process from 'node:process';
import { describe, expect, inject, test } from 'vitest';
import { expectNative } from './expectations.js';
import { LOCAL_ADDON } from './pack.js';
import { bareEnvironment, run } from './run.js';

const installed = inject('installed');
const losses = inject('losses');
const sets = inject('instructionSets');

const probe = (env: Record<string, string>) =>
  run(process.execPath, ['probe.mjs'], { cwd: installed, env: { ...bareEnvironment(), ...env } });

describe('CHAINRULE_SIMD', () => {
  test.each(sets)(
    '%s: the forced instruction set trains, as close to the reference engine as the others',
    async (simd) => {
      expectNative(await probe({ CHAINRULE_SIMD: simd }), losses, simd);
    },
  );

  // One compiler makes all prebuilds; the development build's, another one, must give the same bits.
  test.each(sets.slice(0, -1))('%s: the addon compiled here gives the same losses', async (simd) => {
    expectNative(await probe({ CHAINRULE_SIMD: simd, CHAINRULE_ADDON: LOCAL_ADDON }), losses, simd);
  });

  test('an unknown instruction set is an error that names the known ones', async () => {
    const { status, stderr } = await probe({ CHAINRULE_SIMD: 'MMX' });
    expect(status).toBe(1);
    expect(stderr).toContain(`no kernels named 'MMX'; it has ${sets.join(', ')}`);
  });
});
