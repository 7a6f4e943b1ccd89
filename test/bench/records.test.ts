/** How the benchmark sums up what it has measured, judges and draws it. */

import { describe, expect, test } from 'vitest';

const folder = new URL('../../bench/', import.meta.url);
const load = (name: string) => import(new URL(name, folder).href);
const { activationBytes, findCases, flopsOf, inputBytes, parameterCount } = await load('cases.mjs');
const { caseRecords } = await load('report/records.mjs');
const { judge } = await load('report/targets.mjs');
const { chart } = await load('report/chart.mjs');
const { worstError } = await load('report/statistics.mjs');

test('the worst loss is found, even if it is NaN', () => {
  expect(worstError([1, 2.002, 3], [1, 2, 3])).toEqual({ error: expect.closeTo(1e-3), index: 1 });
  expect(worstError([1, Number.NaN, 9], [1, 2, 3]).error).toBeNaN();
});

describe('records of a case', () => {
  const entry = (name: string, threads: number, microseconds: number[]) => ({
    contender: { name, variant: null, precision: 'float32', threads },
    version: '1',
    setting: '',
    check: { steps: 20, error: 1e-7, lastLoss: 1 },
    microseconds,
    cpuMicroseconds: microseconds,
    peakBytes: 1e6,
  });
  const [one] = findCases('784-128-10');
  const peers = [entry('torch', 1, [900, 800, 1000]), entry('torch', 2, [700, 600, 800])];
  const own = [entry('chainrule', 1, [200, 100, 300]), entry('chainrule', 2, [100, 100, 100])];
  const peaksOf = (threads: number) => [
    { fmaGflops: 200 * threads, sgemmGflops: 90 * threads },
    { fmaGflops: 100 * threads, sgemmGflops: 95 * threads },
  ];
  const records = caseRecords(one, own, peers, peaksOf);
  const machine = { cpu: 'AMD EPYC' };

  test('hold fractions of the best peak, and ratios round by round', () => {
    const [first, second] = records;
    expect(first.microsecondsPerStep).toEqual({ median: 200, min: 100, max: 300 });
    expect(first.gflops).toBeCloseTo(flopsOf(one) / 200e3, 9);
    expect(first).toMatchObject({ precision: 'float32', fmaPeakGflops: 200, sgemmPeakGflops: 95 });
    expect(first.peakFraction).toBeCloseTo(first.gflops / 200, 9);
    // 700/200, 600/100 and 800/300, by the faster setting of the peer.
    expect(first.peers).toHaveLength(1);
    expect(first.peers[0]).toMatchObject({
      name: 'torch',
      threads: 2,
      precision: 'float32',
      microsecondsPerStep: 700,
      ratio: 3.5,
    });
    expect(first.peers[0].ratioSpread).toEqual({ min: 800 / 300, max: 6 });
    expect(second.speedup).toEqual({ median: 2, min: 1, max: 3 });
  });

  test.each([
    // Where OpenBLAS computes products, with no vectors of our own, its sgemm is the faster of the two.
    ['sgemm, where it is the larger', { fmaGflops: 10, sgemmGflops: 250 }, 250],
    ['the multiply-adds, where no BLAS may run', { fmaGflops: 10, sgemmGflops: null }, 10],
  ])('hold fractions of %s', (_, peak, expected) => {
    const [{ gflops, peakFraction }] = caseRecords(one, own, [], () => [peak]);
    expect(peakFraction).toBeCloseTo(gflops / expected, 9);
  });

  const inPrecision = (precision: string, products: string, microseconds: number[]) => {
    const { contender, ...rest } = entry('chainrule', 1, microseconds);
    return { ...rest, contender: { ...contender, precision }, backend: { products } };
  };
  const peak = { fmaGflops: 118, sgemmGflops: 95, bf16Gflops: 236 };
  test.each([
    ['bf16', 'vdpbf16-bf16', 236],
    ['bf16x3', 'amx-bf16x3', 236 / 3],
    // What the CPU or the network does not allow.
    ['bf16x3', 'float32', 118],
  ])('hold fractions of what bounds them in %s by %s', (precision, products, bound) => {
    const own = [inPrecision(precision, products, [50, 100, 100])];
    const base = [entry('chainrule', 1, [100, 150, 150])];
    const [record] = caseRecords(one, own, [], () => [peak], base);
    expect(record).toMatchObject({ precision, products, bf16PeakGflops: 236, ratio: 100 / 150 });
    expect(record.peakFraction).toBeCloseTo(record.gflops / bound, 9);
  });

  test('of less precision are judged beside float32, and beside peers of their kind', () => {
    const medium = { ...inPrecision('bf16', '', [300, 300, 300]), version: '1' };
    medium.contender.name = 'torch-medium';
    const base = [entry('chainrule', 1, [100, 100, 100])];
    const verdicts = (products: string, microseconds: number[]) => {
      const own = [inPrecision('bf16', products, microseconds)];
      const bf16 = caseRecords(one, own, [...peers, medium], () => [peak], base);
      const cases = caseRecords(one, base, [...peers, medium], () => [peak]);
      const all = judge({ machine, cases, avx2: [], bf16 });
      return Object.fromEntries(
        all.map(({ what, target, met }: Record<string, string>) => [what, [target, met]]),
      );
    };
    expect(verdicts('vdpbf16-bf16', [60, 60, 60])).toMatchObject({
      'bf16 over float32, 1 thread': ['>= 1.5', true],
      'bf16: times as fast as torch-medium': ['>= 1', true],
    });
    expect(verdicts('vdpbf16-bf16', [70, 70, 70])).toMatchObject({
      'bf16 over float32, 1 thread': ['>= 1.5', false],
    });
    const fallen = verdicts('float32', [101, 101, 101]);
    expect(fallen).toMatchObject({ 'bf16 over float32, 1 thread': ['>= 0.95', true] });
    expect(Object.keys(fallen).filter((what) => what.includes('torch'))).toEqual(['times as fast as torch']);
  });

  test('have no fraction without a peak', () => {
    const [record] = caseRecords(one, own, [], () => []);
    expect(record).toMatchObject({ fmaPeakGflops: null, sgemmPeakGflops: null, peakFraction: null });
  });

  test('are judged against the targets, met or not', () => {
    const verdicts = judge({ machine, cases: records, avx2: [] });
    const met = (what: string) => verdicts.find((verdict: { what: string }) => verdict.what === what)?.met;
    expect(met('times as fast as torch')).toBe(true);
    expect(met('fraction of the peak, 1 thread')).toBe(flopsOf(one) / 200e3 / 200 >= 0.6);
    const slow = [{ ...records[0], peakFraction: 0.59 }];
    expect(judge({ machine, cases: slow, avx2: [] })[0]).toMatchObject({ measured: '0.59', met: false });
  });

  test('are judged without the copies of inputs that an Intel holds', () => {
    const [large] = findCases('1024-4096-4096-1000');
    const heldBytes = 12 * parameterCount(large) + 2 * activationBytes(large) + inputBytes(large);
    const cases = caseRecords(large, own, [], () => []).map((record: object) => ({ ...record, heldBytes }));
    const verdict = (cpu: string) =>
      judge({ machine: { cpu }, cases, avx2: [] }).find(({ what }: { what: string }) =>
        what.startsWith('bytes'),
      );
    expect(verdict('Intel(R) Xeon(R) Processor')).toMatchObject({ measured: '12.00', met: true });
    expect(verdict('AMD EPYC')).toMatchObject({ measured: '12.75', met: false });
  });

  test('are drawn with a bar for each', () => {
    const svg: string = chart({ date: '2024-05-01', machine: { cpu: 'A & B', cores: 2 }, cases: records });
    expect(svg.match(/<rect /g)).toHaveLength(1 + 2 + records.length);
    expect(svg).toContain('A &amp; B');
    expect(svg).toContain('200 and 95 on 1 thread, 400 and 190 on 2 threads');
  });
});
