/** Turns rounds into the record that is written as JSON. */

import { flopsOf } from './cases.mjs';
import { median, ratios, summary } from './statistics.mjs';

/**
 * Our entries of a case, one for each number of threads, with every peer at its best setting beside them.
 *
 * @param {import('./cases.mjs').Case} one
 * @param {import('./compare.mjs').Entry[]} own
 * @param {import('./compare.mjs').Entry[]} peers
 * @param {(threads: number) => { gflops: number }[]} peaksOf the measured peaks, one for each round
 */
export function caseRecords(one, own, peers, peaksOf) {
  const best = bestSettings(peers);
  const counted = own.filter(hasTimes);
  const [single] = counted.filter(({ contender }) => contender.threads === 1);
  return counted.map((entry) => {
    const { threads } = entry.contender;
    const microsecondsPerStep = summary(entry.microseconds);
    const gflops = flopsOf(one) / microsecondsPerStep.median / 1e3;
    const peaks = peaksOf(threads).map((peak) => peak.gflops);
    const sgemmPeakGflops = peaks.length > 0 ? Math.max(...peaks) : null;
    return {
      name: one.name,
      threads,
      microsecondsPerStep,
      gflops,
      sgemmPeakGflops,
      peakFraction: sgemmPeakGflops && gflops / sgemmPeakGflops,
      ...common(entry),
      speedup: single && entry !== single ? ratios(single.microseconds, entry.microseconds) : null,
      ...(entry.extras ?? {}),
      peers: best.map(({ entry: peer, swept }) => peerRecord(peer, swept, entry)),
    };
  });
}

function peerRecord(peer, swept, own) {
  const { median: ratio, min, max } = ratios(peer.microseconds, own.microseconds);
  return {
    name: peer.contender.name,
    version: peer.version,
    threads: peer.contender.threads,
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

/** Each peer's fastest number of threads, with the medians of all that were tried. */
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

/** Why some contenders have no times. */
export function problemRecords(one, entries) {
  return entries
    .filter(({ problem }) => problem)
    .map(({ contender: { name, threads }, problem }) => ({ case: one.name, name, threads, problem }));
}

function hasTimes({ problem }) {
  return problem === undefined;
}
