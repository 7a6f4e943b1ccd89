/** Targets and what was measured. */

import { activationBytes, CASES, inputBytes, parameterCount } from '../cases.mjs';
import { threadCount } from './words.mjs';

/**
 * @typedef {object} Verdict
 * @property {string} case
 * @property {string} what
 * @property {string} target
 * @property {string} measured
 * @property {boolean} met
 */

/**
 * Every target that this run measured. Judges the values as the table shows them, rounded.
 *
 * @param {object} results
 * @returns {Verdict[]}
 */
export function judge({ machine, cases, avx2, bf16x3 = [], bf16 = [] }) {
  return CASES.flatMap((one) => {
    const records = cases.filter(({ name }) => name === one.name);
    if (records.length === 0) return [];
    const forced = avx2.filter(({ name }) => name === one.name);
    return [
      ...fractions(one, records, 'fraction of the peak'),
      ...fractions(one, forced, 'AVX2: fraction of its peak'),
      ...peers(one, records, 'float32'),
      ...[bf16x3, bf16].flatMap((all) => {
        const less = all.filter(({ name }) => name === one.name);
        return [...overFloat32(one, less), ...peers(one, less, 'bf16')];
      }),
      ...speedups(one, records),
      ...oneRow(one, records),
      ...memory(one, records, machine),
    ];
  });
}

function fractions({ name, target }, records, what) {
  return records
    .filter(({ threads, peakFraction }) => peakFraction !== null && (!target.oneThread || threads === 1))
    .map(({ threads, peakFraction }) =>
      atLeast(name, `${what}, ${threadCount(threads)}`, target.fraction, peakFraction),
    );
}

/**
 * Best against best: our fastest number of threads against each peer's, for the peers of a precision. Where our
 * products are float32 although less is allowed, there is nothing new to say.
 */
function peers({ name, target }, records, precision) {
  const isFloat32 = precision === 'float32';
  const counted = records.filter(({ products }) => isFloat32 || products !== 'float32');
  if (counted.length === 0) return [];
  const ours = fastest(counted);
  const who = isFloat32 ? '' : `${ours.precision}: `;
  return ours.peers
    .filter((peer) => peer.precision === precision)
    .map(({ name: peer, ratio }) =>
      atLeast(name, `${who}times as fast as ${peer}`, peer === 'torch' ? target.overTorch : 1, ratio),
    );
}

/** A precision that leads to float32 after all must not cost anything; two runs differ by some percent. */
const NO_SLOWER = 0.95;

function overFloat32({ name, target }, records) {
  return records
    .filter(({ ratio }) => ratio !== undefined)
    .flatMap(({ precision, threads, products, ratio }) => {
      const [unit] = products.split('-');
      const least = unit === 'float32' ? NO_SLOWER : target.overFloat32?.[unit]?.[precision];
      if (least === undefined) return [];
      return [atLeast(name, `${precision} over float32, ${threadCount(threads)}`, least, 1 / ratio)];
    });
}

function speedups({ name, target }, records) {
  return records
    .filter(({ threads, speedup }) => threads === 2 && speedup !== null)
    .map(({ speedup }) => atLeast(name, '2 threads over 1', target.speedup, speedup.median));
}

function oneRow({ name, target }, records) {
  const [record] = records.filter(({ oneRowMicroseconds }) => oneRowMicroseconds !== undefined);
  if (!target.oneRowMicroseconds || !record) return [];
  return [atMost(name, 'predict of one row, us', target.oneRowMicroseconds, record.oneRowMicroseconds)];
}

/**
 * Without the layers' outputs and as many deltas; the batch's inputs, which have no delta, offset its targets.
 * Rows and columns are padded to whole vectors and cache lines, the largest case's 1000 outputs to 1008 with
 * AVX-512: that is 0.02. Where the processor is Intel's, the layers' inputs are there twice.
 */
function memory(one, records, { cpu }) {
  const [record] = records.filter(({ heldBytes }) => heldBytes !== undefined);
  if (!one.target.bytesPerParameter || !record) return [];
  const copies = cpu.startsWith('Intel') ? inputBytes(one) : 0;
  const state = (record.heldBytes - 2 * activationBytes(one) - copies) / parameterCount(one);
  return [atMost(one.name, 'bytes a parameter, beside activations', one.target.bytesPerParameter, state)];
}

export function fastest(records) {
  return records.reduce((a, b) => (b.microsecondsPerStep.median < a.microsecondsPerStep.median ? b : a));
}

function atLeast(name, what, target, value) {
  const measured = value.toFixed(2);
  return { case: name, what, target: `>= ${target}`, measured, met: Number(measured) >= target };
}

function atMost(name, what, target, value) {
  const measured = value.toFixed(2);
  return { case: name, what, target: `<= ${target}`, measured, met: Number(measured) <= target };
}
