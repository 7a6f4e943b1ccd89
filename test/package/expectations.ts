import { expect } from 'vitest';
import { type Losses, type Report, reportOf } from './probe.js';
import type { RunResult } from './run.js';

/** Whether a run used the native engine, without a warning and with correct results. */
export function expectNative(result: RunResult, expected: Losses, simd?: string): Report {
  const report = reportOf(result);
  expect(report.backend).toMatchObject({ name: 'native', ...(simd === undefined ? {} : { simd }) });
  expect(result.stderr).not.toContain('ChainruleWarning');
  expect(report.native).toBeNull();
  expect(report.blasLibraries).toEqual([]);
  expectCloseToReference(report);
  const { xor, wide } = report.losses;
  const known = expected[report.backend.simd];
  expect(known, `losses on ${report.backend.simd}`).toBeDefined();
  expect({ xor: xor.auto, wide: wide.auto }).toEqual(known);
  return report;
}

export function expectCloseToReference({ losses }: Report): void {
  expect(losses.xor.reference).toBeGreaterThan(0);
  for (const { auto, reference = auto } of Object.values(losses)) {
    expect(Math.abs(auto - reference)).toBeLessThan(1e-4 * reference);
  }
}

/** Whether a run used the reference engine, with one clear warning and, for 'native', a helpful error. */
export function expectReference(result: RunResult, problem: RegExp): Report {
  const report = reportOf(result);
  expect(report.backend.name).toBe('reference');
  expect(report.backend.reason).toMatch(problem);
  expect(result.stderr.match(/ChainruleWarning/g)).toHaveLength(1);
  expect(result.stderr).toContain('CHAINRULE_NO_NATIVE');
  expect(result.stderr).toContain('training with the reference engine');
  expect(result.stderr).toMatch(problem);
  expect(report.native?.code).toBe('ERR_BACKEND');
  expect(report.native?.message).toMatch(problem);
  expect(report.native?.message).toContain('Possible solutions:\n- ');
  expect(report.losses.xor.auto).toBe(report.losses.xor.reference);
  return report;
}
