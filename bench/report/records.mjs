/** From rounds to the record that is written as JSON. */

import { flopsOf, PRECISION } from '../cases.mjs';
import { median, ratios, summary } from './statistics.mjs';

/**
 * @typedef {object} Entry a contender in a case
 * @property {import('../contenders/list.mjs').Contender} contender
 * @property {string} [version]
 * @property {string} [setting]
 * @property {Check} [check]
 * @property {string} [problem] why there are no times
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
 */
export function caseRecords(one, own, peers, peaksOf) {
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
    const peakGflops = best([fmaPeakGflops, sgemmPeakGflops]);
    return {
      name: one.name,
      threads,
      precision: PRECISION,
      microsecondsPerStep,
      gflops,
      fmaPeakGflops,
      sgemmPeakGflops,
      peakFraction: peakGflops && gflops / peakGflops,
      ...common(entry),
      speedup: single && entry !== single ? ratios(single.microseconds, entry.microseconds) : null,
      ...(entry.extras ?? {}),
      peers: settings.map(({ entry: peer, swept }) => peerRecord(peer, swept, entry)),
    };
  });
}

/** The largest; null where nothing was measured. */
function best(values) {
  const measured = values.filter((value) => value !== null);
  return measured.length > 0 ? Math.max(...measured) : null;
}

function peerRecord(peer, swept, own) {
  const { median: ratio, min, max } = ratios(peer.microseconds, own.microseconds);
  return {
    name: peer.contender.name,
    version: peer.version,
    threads: peer.contender.threads,
    precision: PRECISION,
    microsecondsPerStep: median(peer.microseconds),
    ratio,
    ratioSpread: { min, max },
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

/** Why some have no times. */
export function problemRecords(one, entries) {
  return entries
    .filter(({ problem }) => problem)
    .map(({ contender: { name, threads }, problem }) => ({ case: one.name, name, threads, problem }));
}

function hasTimes({ problem }) {
  return problem === undefined;
}
