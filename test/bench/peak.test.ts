/** The peaks that a step's speed is compared with: they must be the processor's, not the compiler's. */

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const load = (name: string) => import(new URL(`../../bench/${name}`, import.meta.url).href);
const { measurePeaks, parsePeaks, PROGRAM } = await load('core-bench.mjs');
const { runsHere } = await load('guard/count.mjs');
const { findProgram } = await import(new URL('../../scripts/process.mjs', import.meta.url).href);

describe('what core_bench prints', () => {
  test('is read', () => {
    expect(parsePeaks('176.3 31.8 88.2 AVX3 OpenBLAS 0.3.21 Prescott\n')).toEqual({
      fmaGflops: 176.3,
      sgemmGflops: 31.8,
      bf16Gflops: 88.2,
      simd: 'AVX3',
      blas: 'OpenBLAS 0.3.21 Prescott',
    });
    expect(parsePeaks('9.1 0.0 0.0 SCALAR none')).toMatchObject({
      sgemmGflops: null,
      bf16Gflops: null,
      blas: 'none',
    });
  });

  test.each(['', '0.0 31.8 88.2 AVX3 none', 'OpenBLAS', '31.8 9.1 OpenBLAS 0.3.21 Prescott'])(
    'is not read where it is %j',
    (text) => expect(() => parsePeaks(text)).toThrow('was to print peaks'),
  );
});

const isX64Linux = process.platform === 'linux' && process.arch === 'x64';

describe.runIf(existsSync(PROGRAM))('peaks', () => {
  test('are none for an instruction set that the CPU lacks', async () => {
    expect(await measurePeaks(1, 'no such set')).toBeNull();
  });

  // OpenBLAS multiplies with the same vectors, so the registers must be about as fast at least.
  test.runIf(isX64Linux && runsHere('AVX2'))(
    'of multiply-adds are no less than those of sgemm, and no more than a core can do',
    // Another program may take the core in one of the measurements; hardly four times in a row.
    { retry: 3 },
    async () => {
      const sse4 = await measurePeaks(1, 'SSE4');
      const avx2 = await measurePeaks(1, 'AVX2');
      const widest = await measurePeaks(1);
      expect([sse4.simd, avx2.simd]).toEqual(['SSE4', 'AVX2']);
      // On a busy machine one of two measurements may have had less of its core.
      expect(sse4.fmaGflops).toBeGreaterThan(0.7 * sse4.sgemmGflops);
      expect(avx2.fmaGflops).toBeGreaterThan(0.7 * avx2.sgemmGflops);
      expect(avx2.fmaGflops).toBeGreaterThan(1.2 * sse4.fmaGflops);
      expect(widest.fmaGflops).toBeGreaterThan(0.8 * avx2.fmaGflops);
      // Four operations on each lane a cycle, at 8 GHz. A loop that was optimised away is faster.
      expect(sse4.fmaGflops).toBeLessThan(4 * 4 * 8);
      expect(widest.fmaGflops).toBeLessThan(4 * 16 * 8);
    },
  );
});

/** The instructions of the loop with the most arithmetic in the function whose disassembly this is. */
function arithmeticLoop(disassembly: string): string[] {
  const lines = [...disassembly.matchAll(/^\s*([0-9a-f]+):\t(.*)$/gm)].map(([, at, code]) => ({ at, code }));
  const loops = lines.flatMap(({ code }, end) => {
    const target = /^j\w+\s+([0-9a-f]+)/.exec(code)?.[1];
    const start = lines.findIndex(({ at }) => at === target);
    return start < 0 || start >= end ? [] : [lines.slice(start, end + 1).map((line) => line.code)];
  });
  return loops.reduce((a, b) => (countOf(b) > countOf(a) ? b : a), []);
}

const countOf = (loop: string[]) =>
  loop.filter((code) => /^(v?mulps|v?addps|vfmadd|[vt]dpbf16ps)/.test(code)).length;

/** What is wrong with a loop of multiply-adds: anything but arithmetic on registers and counting. */
function faultsOf(loop: string[]): string[] {
  return loop.filter((code) => {
    const isArithmetic = /^(vfmadd\d+ps|mulps|addps|[vt]dpbf16ps)\s+%[xyzt]mm\d+(,%[xyzt]mm\d+)+\s*$/.test(
      code,
    );
    return !isArithmetic && !/^(add|sub|cmp|inc|dec|j\w+|test)\s/.test(code);
  });
}

describe('the loop of multiply-adds', () => {
  test('has faults where it moves or reads memory', () => {
    const loop = (line: string) =>
      arithmeticLoop(` 10:\tmulps  %xmm0,%xmm3\n 14:\t${line}\n 18:\tjne    10 <run>\n`);
    expect(faultsOf(loop('addps  %xmm2,%xmm3'))).toEqual([]);
    expect(faultsOf(loop('addps  0x40(%rsp),%xmm3'))).toHaveLength(1);
    expect(faultsOf(loop('movaps %xmm2,%xmm3'))).toHaveLength(1);
    expect(arithmeticLoop(' 10:\tmulps  %xmm0,%xmm3\n')).toEqual([]);
  });

  const object = (file: string) =>
    fileURLToPath(
      new URL(`../../build/Release/obj.target/core_bench/native/bench/${file}.o`, import.meta.url),
    );

  test.runIf(isX64Linux && existsSync(object('multiply_adds')) && findProgram('objdump')).each([
    ['multiply_adds', 'N_AVX3::run', 24],
    ['multiply_adds', 'N_AVX2::run', 14],
    ['multiply_adds', 'N_SSE4::run', 28],
    ['bf16_products', '\\(anonymous namespace\\)::run_vectors', 24],
    ['bf16_products', '\\(anonymous namespace\\)::run_tiles', 4],
  ])('is as many instructions on registers, and nothing else: %s, %s, %i', (file, name, count) => {
    const args = ['-d', '-C', '--no-show-raw-insn', object(file)];
    const text = execFileSync('objdump', args, { encoding: 'utf8' });
    const [, body] = text.split(new RegExp(`<chainrule::bench::${name}\\(.*>:\\n`));
    const loop = arithmeticLoop(body.slice(0, body.indexOf('\n\n')));
    expect(faultsOf(loop)).toEqual([]);
    expect(countOf(loop)).toBe(count);
  });
});
