/** From rounds to the record that is written as JSON. */

import { flopsOf } from '../cases.mjs';
import { median, ratios, summary } from './statistics.mjs';

/**
 * @typedef {object} Entry a contender in a case
 * @property {import('../contenders/list.mjs').Contender} contender
 * @property {string} [version]
 * @property {import('../../src/index.js').BackendInfo} [backend] chainrule's, by its own account
 * @property {string} [setting]
 * @property {Check} [check]
 * @property {string} [problem] why there are no times
 * @property {string} [code] of the error that was the problem, e.g. 'ERR_BACKEND'
 * @property {number[]} microseconds a step, one a round
 * @property {number[]} cpuMicroseconds of all threads, a step, one a round
 * @property {number} peakBytes of its process
 */

/**
 * @typedef {object} Check
 * @property {number} steps that were compared; 0 where the contender's loss is another one
 * @property {number} [lastLoss]
 * @property {number} [error] the largest relative error against float64
 */

/**
 * Our entries of a case, one for each number of threads, with every peer at its best setting beside them.
 *
 * @param {import('../cases.mjs').Case} one
 * @param {Entry[]} own
 * @param {Entry[]} peers
 * @param {(threads: number) => import('../core-bench.mjs').Peaks[]} peaksOf what was measured, once a round
 * @param {Entry[]} [base] entries of our engine to compare `own` with, thread count by thread count
 */
export function caseRecords(one, own, peers, peaksOf, base = []) {
  const settings = bestSettings(peers);
  const counted = own.filter(hasTimes);
  const [single] = counted.filter(({ contender }) => contender.threads === 1);
  return counted.map((entry) => {
    const { threads } = entry.contender;
    const microsecondsPerStep = summary(entry.microseconds);
    const gflops = flopsOf(one) / microsecondsPerStep.median / 1e3;
    const peaks = peaksOf(threads);
    const fmaPeakGflops = best(peaks.map((peak) => peak.fmaGflops));
    const sgemmPeakGflops = best(peaks.map((peak) => peak.sgemmGflops));
    const bf16PeakGflops = best(peaks.map((peak) => peak.bf16Gflops));
    const peakGflops = boundOf(entry, { fmaPeakGflops, sgemmPeakGflops, bf16PeakGflops });
    return {
      name: one.name,
      threads,
      precision: entry.contender.precision,
      ...entry.backend,
      microsecondsPerStep,
      gflops,
      fmaPeakGflops,
      sgemmPeakGflops,
      bf16PeakGflops,
      peakFraction: peakGflops && gflops / peakGflops,
      ...common(entry),
      speedup: single && entry !== single ? ratios(single.microseconds, entry.microseconds) : null,
      ...entry.extras,
      ...ratioOver(base.filter(hasTimes), entry),
      peers: settings.map(({ entry: peer, swept }) => peerRecord(peer, swept, entry)),
    };
  });
}

/** What bounds its products, in GFLOP/s of float32: the peak of what computes them. */
function boundOf({ contender, backend }, { fmaPeakGflops, sgemmPeakGflops, bf16PeakGflops }) {
  if ((backend?.products ?? 'float32') === 'float32') return best([fmaPeakGflops, sgemmPeakGflops]);
  // Three products of bf16 for one.
  return bf16PeakGflops && bf16PeakGflops / (contender.precision === 'bf16x3' ? 3 : 1);
}

/** The largest; null where nothing was measured. */
function best(values) {
  const measured = values.filter((value) => value !== null);
  return measured.length > 0 ? Math.max(...measured) : null;
}

/** Its time over that of the same threads in `base`, or nothing. */
function ratioOver(base, entry) {
  const beside = base.find(({ contender }) => contender.threads === entry.contender.threads);
  return beside && ratio(entry, beside);
}

function ratio(entry, beside) {
  const { median: middle, min, max } = ratios(entry.microseconds, beside.microseconds);
  return { ratio: middle, ratioSpread: { min, max } };
}

function peerRecord(peer, swept, own) {
  return {
    name: peer.contender.name,
    version: peer.version,
    threads: peer.contender.threads,
    precision: peer.contender.precision,
    microsecondsPerStep: median(peer.microseconds),
    ...ratio(peer, own),
    swept,
    ...common(peer),
  };
}

function common({ setting, check, cpuMicroseconds, peakBytes }) {
  return {
    setting,
    losses: check,
    cpuMicrosecondsPerStep: median(cpuMicroseconds),
    peakMemoryBytes: peakBytes,
  };
}

/** Of each peer its fastest number of threads, with the medians of all that were tried. */
function bestSettings(peers) {
  const names = [...new Set(peers.map(({ contender }) => contender.name))];
  return names.flatMap((name) => {
    const entries = peers.filter((entry) => entry.contender.name === name && hasTimes(entry));
    if (entries.length === 0) return [];
    const timeOf = ({ microseconds }) => median(microseconds);
    const swept = entries.map((entry) => ({
      threads: entry.contender.threads,
      microsecondsPerStep: timeOf(entry),
    }));
    return [{ entry: entries.reduce((a, b) => (timeOf(b) < timeOf(a) ? b : a)), swept }];
  });
}

/** Why some have no times, without those of missingRecords(). */
export function problemRecords(one, entries) {
  return entries
    .filter((entry) => !hasTimes(entry) && !isRefused(entry))
    .map(({ contender: { name, variant, threads }, problem }) => ({
      case: one.name,
      name,
      variant,
      threads,
      problem,
    }));
}

/** Variants that the engine refuses here, as AVX2 on a CPU that lacks it: missing as a peer may be. */
export function missingRecords(entries) {
  return entries
    .filter(isRefused)
    .map(({ contender: { name, variant }, problem }) => ({ name, variant, why: problem }));
}

function isRefused({ contender, code }) {
  return contender.variant !== null && code === 'ERR_BACKEND';
}

function hasTimes({ problem }) {
  return problem === undefined;
}
