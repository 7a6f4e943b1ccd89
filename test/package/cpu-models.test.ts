import { existsSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { describe, expect, inject, test } from 'vitest';
import { expectCloseToReference, expectNative } from './expectations.js';
import { isLinuxX64 } from './fetched.js';
import { LOCAL_ADDON } from './pack.js';
import { reportOf } from './probe.js';
import { bareEnvironment, run } from './run.js';
import { findProgram, hostTarget, ROOT } from './scripts.js';

const installed = inject('installed');
const losses = inject('losses');
const qemu = findProgram('qemu-x86_64');

/** CPU models that QEMU emulates, its default first, and the instruction set that chainrule has for each. */
const MODELS = {
  qemu64: 'SSE2',
  Opteron_G1: 'SSE2',
  Opteron_G2: 'SSE2',
  kvm64: 'SSE2',
  phenom: 'SSE2',
  core2duo: 'SSSE3',
  // Has SSE4.2, but neither AES nor CLMUL, which Highway's SSE4 requires.
  Nehalem: 'SSSE3',
  Haswell: 'AVX2',
};

const isPrebuilt = existsSync(path.join(ROOT, hostTarget()?.file ?? ''));

describe.skipIf(!isLinuxX64 || qemu === '')('on the CPU models of QEMU (qemu-x86_64, of qemu-user)', () => {
  const probe = (model: string, env: Record<string, string> = {}) => {
    // The code that V8 generates assumes the CPU that Node was started on.
    const args = ['-cpu', model, process.execPath, '--jitless', 'probe.mjs', '--quick'];
    return run(qemu, args, { cwd: installed, env: { ...bareEnvironment(), ...env } });
  };

  describe.each(Object.entries(MODELS))('%s', (model, simd) => {
    test.skipIf(!isPrebuilt)(`trains natively on ${simd} (npm run prebuild)`, async () => {
      expectNative(await probe(model), losses, simd);
    });

    // Debian 12's OpenBLAS mistakes some of these for CPUs with 3DNow!, and crashed.
    test("trains natively with the addon compiled here, with the system's OpenBLAS", async () => {
      const report = reportOf(await probe(model, { CHAINRULE_ADDON: LOCAL_ADDON }));
      expect(report.backend.name).toBe('native');
      expectCloseToReference(report);
    });
  });
});
