/** Probabilities that mean what they say: temperature scaling on rows that were not trained on. */

import { newDoubles } from '../numbers/allocate.js';
import { number, optionsObject, unexpected } from '../options/checks.js';
import { finish, type Steps } from '../turns.js';

/** How probabilities are corrected. */
export interface Calibration {
  /** 1 / temperature: what logits are multiplied by. */
  inverseTemperature: number;
  /** Share of the uniform distribution that is mixed in, in [0, 1). */
  uniform: number;
}

/** Leaves probabilities as they are. */
export const NO_CALIBRATION: Calibration = { inverseTemperature: 1, uniform: 0 };

const MAX_LOG = 16;
const STEPS = 30;
/** Of the share of rows that may be unlike all that were held out, the part that can be of any class. */
const UNLIKE_ANY = 0.1;
/** Probabilities to go through between two pauses, which takes some milliseconds. */
const PER_STEP = 2 ** 16;
/** The smallest normal float32: a softmax in float32 may give 0, which has no logarithm. */
export const SMALLEST_PROBABILITY = 2 ** -126;

/**
 * The calibration under which the rows' classes are most likely.
 *
 * beta = 1 / T minimises the mean of -sum_k t_k log softmax(beta z)_k (Guo, Pleiss, Sun and Weinberger, "On
 * calibration of modern neural networks", ICML 2017). The targets t are the classes, smoothed by 1 / (rows + 1):
 * without that, beta would be infinite where every row is right, and the first wrong one after that would cost
 * all (Platt, "Probabilistic outputs for support vector machines", 1999, section 2.2, smooths them for the same
 * reason). The derivative mean(sum_k z_k (softmax(beta z)_k - t_k)) rises with beta, so log beta is found by
 * bisection on [-16, 16]. Then a tenth of 1 / (rows + 1) of the uniform distribution is mixed in, so that no
 * probability is 0. Neither step changes which class is the most likely.
 *
 * @param probabilities - (rows, classes) of the network, row-major
 * @param targets - (rows) class indices
 * @param weights - (rows) how much each counts, or null for all the same
 * @returns `NO_CALIBRATION` without rows that count
 */
export function* fitCalibration(
  probabilities: ArrayLike<number>,
  targets: ArrayLike<number>,
  classes: number,
  weights: ArrayLike<number> | null = null,
): Steps<Calibration> {
  const rows = targets.length;
  const counts = weights === null ? rows > 0 : Array.prototype.some.call(weights, (weight) => weight > 0);
  if (!counts || classes < 2) return NO_CALIBRATION;
  const logits = yield* logSteps(probabilities);
  const smoothing = 1 / (rows + 1);
  const uniform = UNLIKE_ANY * smoothing;
  const ofTargets = yield* sumOfTargets(logits, targets, classes, smoothing, weights);
  // Probabilities that are all equal have no temperature.
  if (logits.every((logit, i) => logit === logits[i - (i % classes)]))
    return { inverseTemperature: 1, uniform };
  let low = -MAX_LOG;
  let high = MAX_LOG;
  for (let step = 0; step < STEPS; step++) {
    const middle = (low + high) / 2;
    if ((yield* slope(logits, classes, Math.exp(middle), ofTargets, weights)) > 0) high = middle;
    else low = middle;
  }
  return { inverseTemperature: Math.exp((low + high) / 2), uniform };
}

/** sum_k t_k z_k, added up over the rows: the part of the derivative that does not depend on beta. */
function* sumOfTargets(
  logits: Float64Array,
  targets: ArrayLike<number>,
  classes: number,
  smoothing: number,
  weights: ArrayLike<number> | null,
): Steps<number> {
  let sum = 0;
  const pause = rowsOfStep(classes);
  for (let row = 0; row < targets.length; row++) {
    if (row % pause === 0) yield;
    const start = row * classes;
    let mean = 0;
    for (let c = 0; c < classes; c++) mean += logits[start + c] / classes;
    const target = (1 - smoothing) * logits[start + targets[row]] + smoothing * mean;
    sum += weights === null ? target : weights[row] * target;
  }
  return sum;
}

/** d/dbeta of the sum of the rows' losses. */
function* slope(
  logits: Float64Array,
  classes: number,
  beta: number,
  ofTargets: number,
  weights: ArrayLike<number> | null,
): Steps<number> {
  let sum = 0;
  const shares = new Float64Array(classes);
  const pause = rowsOfStep(classes);
  for (let row = 0; row * classes < logits.length; row++) {
    if (row % pause === 0) yield;
    const start = row * classes;
    temper(logits, start, classes, beta, shares, 0);
    let expected = 0;
    for (let c = 0; c < classes; c++) expected += shares[c] * logits[start + c];
    sum += weights === null ? expected : weights[row] * expected;
  }
  return sum - ofTargets;
}

/**
 * softmax(beta z) of the `classes` logits from `start` on to `out` from `to` on, which may be the same place. With
 * places instead of subarrays, since those take most of the time where rows are many.
 */
function temper(
  logits: Float64Array,
  start: number,
  classes: number,
  beta: number,
  out: Float64Array,
  to: number,
): void {
  let top = logits[start];
  for (let c = 1; c < classes; c++) if (logits[start + c] > top) top = logits[start + c];
  let sum = 0;
  for (let c = 0; c < classes; c++) {
    const share = Math.exp(beta * (logits[start + c] - top));
    out[to + c] = share;
    sum += share;
  }
  for (let c = 0; c < classes; c++) out[to + c] /= sum;
}

function rowsOfStep(classes: number): number {
  return Math.ceil(PER_STEP / classes);
}

/** Calibrated probabilities, (rows, classes), from those of the network. */
export function calibrate(
  probabilities: ArrayLike<number>,
  classes: number,
  { inverseTemperature, uniform }: Calibration,
): Float64Array {
  const out = finish(logSteps(probabilities));
  for (let start = 0; start < out.length; start += classes) {
    temper(out, start, classes, inverseTemperature, out, start);
  }
  for (let i = 0; i < out.length; i++) out[i] = (1 - uniform) * out[i] + uniform / classes;
  return out;
}

/** The same in steps. */
export function* calibrateSteps(
  probabilities: Float32Array,
  classes: number,
  calibration: Calibration,
): Steps<Float64Array> {
  const out = newDoubles(probabilities.length, 'the calibration');
  const step = rowsOfStep(classes) * classes;
  for (let from = 0; from < probabilities.length; from += step) {
    out.set(calibrate(probabilities.subarray(from, from + step), classes, calibration), from);
    yield;
  }
  return out;
}

function* logSteps(probabilities: ArrayLike<number>): Steps<Float64Array> {
  const logs = newDoubles(probabilities.length, 'the calibration');
  for (let i = 0; i < logs.length; i++) {
    if ((i + 1) % PER_STEP === 0) yield;
    logs[i] = Math.log(Math.max(probabilities[i], SMALLEST_PROBABILITY));
  }
  return logs;
}

const positiveNumber = number('a number above 0', (value) => value > 0);
const share = number('a number from 0 to below 1', (value) => value >= 0 && value < 1);

/** Checks a calibration that comes from a file. Throws ERR_OPTION. */
export function readCalibration(value: unknown): Calibration {
  if (value === undefined) throw unexpected('calibration', value, 'an object');
  const fields = optionsObject(value, ['inverseTemperature', 'uniform'], 'calibration');
  return {
    inverseTemperature: positiveNumber(fields.inverseTemperature, 'calibration.inverseTemperature'),
    uniform: share(fields.uniform, 'calibration.uniform'),
  };
}
