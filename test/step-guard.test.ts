/** A training step does not become slower unnoticed. */

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

interface Counted {
  simd: string;
  name: string;
  steps: number;
}

const load = (name: string) => import(new URL(`../bench/guard/${name}`, import.meta.url).href);
const {
  COUNTED,
  countInstructions,
  FOREIGN_TOLERANCE,
  judgeCount,
  label,
  parseCount,
  parseSteps,
  RENEW,
  readRecorded,
  runsHere,
  whyNotCounted,
} = await load('count.mjs');
const { judgeFraction, LEAST_FRACTIONS, measureFraction } = await load('fraction.mjs');

const addon = fileURLToPath(new URL('../build/Release/chainrule.node', import.meta.url));
const recorded = readRecorded();
const why = whyNotCounted();
const fractions = Object.keys(LEAST_FRACTIONS);

// A build of the engine includes core_bench: without core_bench these tests fail; they are not skipped.
describe.runIf(existsSync(addon))('a training step', () => {
  const counted = COUNTED.filter(({ simd }: Counted) => why === '' && runsHere(simd));

  test.runIf(why === '').for(counted as Counted[])(
    'takes the recorded instructions: $name, $simd',
    async (one) => {
      const { fault, note } = judgeCount(one, await countInstructions(one), recorded);
      if (fault !== null) expect.fail(fault);
      if (note !== null) console.warn(note);
    },
  );

  test('is guarded in its four smallest cases', () => {
    const names = counted.map(({ name }: Counted) => name);
    expect(new Set(why === '' ? names : fractions).size).toBeGreaterThanOrEqual(4);
  });

  // A fraction is far less precise than a count; beside counts, one is enough to run this code.
  test.for(why === '' ? fractions.slice(0, 1) : fractions)(
    'keeps its fraction of the peak: %s',
    async (name) => {
      if (why !== '') console.warn(`${name}: timed, not counted: ${why}`);
      const fraction = await measureFraction(name, 200);
      expect(fraction).toBeGreaterThan(0);
      const fault = why === '' ? null : judgeFraction(name, fraction);
      if (fault !== null) expect.fail(fault);
    },
  );
});

describe('a count', () => {
  const one = { simd: 'AVX2', name: '4-16-3 B16', steps: 10 };
  const file = { toolchain: 'GCC 12.2.0, Highway 1.0.3', instructions: { [label(one)]: 10_000 } };
  const judge = (instructions: number, toolchain = file.toolchain) =>
    judgeCount(one, { instructions, toolchain }, file);

  test('is recorded for every case', () => {
    expect(Object.keys(recorded.instructions)).toEqual(COUNTED.map(label));
  });

  test.each([9_200, 10_000, 10_900])('of %i for 10,000 passes', (instructions) => {
    expect(judge(instructions)).toEqual({ fault: null, note: null });
  });

  test.each([
    [11_100, 'slower'],
    [9_000, 'better'],
  ])('of %i for 10,000 fails, and the message says how to record it', (instructions, word) => {
    expect(judge(instructions).fault).toMatch(word);
    expect(judge(instructions).fault).toMatch(RENEW);
  });

  test.each([0, Number.NaN, -5, 543])('of %d, fewer than the arithmetic has, fails', (instructions) => {
    expect(judge(instructions).fault).toContain("cannot do a step's 8704 operations");
    expect(judge(instructions, 'Clang 14').fault).not.toBeNull();
  });

  test("of another compiler's code may differ more, with a note", () => {
    expect(judge(11_100, 'GCC 12.4.1, Highway 1.0.3').fault).toContain('slower');
    for (const toolchain of [
      'GCC 13.2.0, Highway 1.0.3',
      'GCC 12.2.0, Highway 1.2.0',
      'Clang 14, Highway 1.0.3',
    ]) {
      expect(judge(11_100, toolchain)).toEqual({ fault: null, note: expect.stringContaining(toolchain) });
      expect(judge(6_000, toolchain).fault).toBeNull();
      expect(judge(10_000 * FOREIGN_TOLERANCE + 100, toolchain).fault).toContain(toolchain);
    }
  });

  test('without a recorded one fails', () => {
    expect(judgeCount({ ...one, simd: 'SSE4' }, { instructions: 1e4, toolchain: '' }, file).fault).toMatch(
      RENEW,
    );
  });

  test("is read from valgrind's output, and is absent if there is none", () => {
    expect(parseCount('==1== \n==1== I   refs:      1,130,681\n')).toBe(1_130_681);
    expect(() => parseCount('==1== I   refs:      0')).toThrow('counted nothing');
    expect(() => parseCount('valgrind: failed to start tool')).toThrow('failed to start tool');
    expect(parseSteps('20 GCC 12.2.0, Highway 1.0.3\n', 20)).toBe('GCC 12.2.0, Highway 1.0.3');
    expect(() => parseSteps('', 20)).toThrow('20 steps');
    expect(() => parseSteps('19 GCC 12.2.0', 20)).toThrow('20 steps');
  });
});

test('a fraction below the lower limit fails, and so does an absent one', () => {
  const name = '784-128-10 B128';
  const least = LEAST_FRACTIONS[name];
  expect(judgeFraction(name, least)).toBeNull();
  for (const fraction of [0.99 * least, 0, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(judgeFraction(name, fraction)).toContain(name);
  }
  expect(judgeFraction('no such case', 1)).not.toBeNull();
});

test('without valgrind, or on other systems, the reason for not counting is given', () => {
  expect(whyNotCounted({ env: { PATH: '/nowhere' }, platform: 'linux', arch: 'x64' })).toContain('valgrind');
  expect(whyNotCounted({ platform: 'darwin', arch: 'arm64' })).toContain('darwin');
  expect(runsHere('AVX2', 'flags : fpu sse4_2 avx')).toBe(false);
  expect(runsHere('AVX2', 'flags : fpu fma avx2')).toBe(true);
});
