import { afterEach, expect, it, vi } from 'vitest';
import { libc } from '../../../src/engine/native/libc.js';

const report = process.report as typeof process.report & { excludeNetwork?: boolean };

function withReport(getReport: () => unknown): void {
  vi.spyOn(report, 'getReport').mockImplementation(getReport as typeof report.getReport);
}

afterEach(() => vi.restoreAllMocks());

it('tells glibc with its version, musl without, and nothing where the runtime gives no report', () => {
  withReport(() => ({ header: { glibcVersionRuntime: '2.36' } }));
  expect(libc()).toEqual({ name: 'glibc', version: '2.36' });
  withReport(() => ({ header: {} }));
  expect(libc()).toEqual({ name: 'musl', version: null });
  withReport(() => {
    throw new Error('Requires sys access');
  });
  expect(libc()).toBeNull();
});

it.each([false, true])(
  'keeps the report off the network meanwhile, and leaves excludeNetwork %s',
  (before) => {
    const found = report.excludeNetwork;
    let during: boolean | undefined;
    withReport(() => {
      during = report.excludeNetwork;
      throw new Error('no report');
    });
    try {
      report.excludeNetwork = before;
      libc();
      expect([during, report.excludeNetwork]).toEqual([true, before]);
    } finally {
      report.excludeNetwork = found ?? false;
    }
  },
);
