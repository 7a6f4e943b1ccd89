/** From which probability on a row counts as the second of two classes. */

import { ChainruleError } from '../error.js';
import { allRows } from '../numbers/allocate.js';
import { nonNegative, number, oneOf, optionsObject, unexpected } from '../options/checks.js';

/** What each kind of mistake costs; the second class (`classes[1]`) is the positive one. */
export interface MistakeCosts {
  /** Of a row of the first class taken for the second. */
  falsePositive: number;
  /** Of a row of the second class taken for the first. */
  falseNegative: number;
}

/**
 * The probability of the second class from which a row is taken for it; or what to choose it for on held-out
 * rows: 'f1' of the second class, 'balancedAccuracy' (the mean of both classes' recalls), or the least costs.
 */
export type ThresholdOption = number | 'f1' | 'balancedAccuracy' | MistakeCosts;

const probability = number('a number from 0 to 1', (value) => value >= 0 && value <= 1);
const aim = oneOf(['f1', 'balancedAccuracy']);

/** Checks the option `threshold`. Throws ERR_OPTION. */
export function checkThreshold(value: unknown, name: string): ThresholdOption {
  if (typeof value === 'number') return probability(value, name);
  if (typeof value === 'string') return aim(value, name);
  if (typeof value !== 'object') {
    throw unexpected(name, value, "a number from 0 to 1, 'f1', 'balancedAccuracy' or costs of mistakes");
  }
  const costs = optionsObject(value, ['falsePositive', 'falseNegative'], name);
  const falsePositive = nonNegative(costs.falsePositive, `${name}.falsePositive`);
  const falseNegative = nonNegative(costs.falseNegative, `${name}.falseNegative`);
  if (falsePositive + falseNegative === 0) {
    throw new ChainruleError('ERR_OPTION', `${name} has only costs of 0, expected one above 0`);
  }
  return { falsePositive, falseNegative };
}

/** Weights of the rows by class and by what they are taken for. */
interface Counts {
  truePositive: number;
  falsePositive: number;
  falseNegative: number;
  trueNegative: number;
}

/** The higher, the better. */
function gainOf(option: Exclude<ThresholdOption, number>, counts: Counts): number {
  const { truePositive, falsePositive, falseNegative, trueNegative } = counts;
  if (option === 'f1') {
    const divisor = 2 * truePositive + falsePositive + falseNegative;
    return divisor === 0 ? 0 : (2 * truePositive) / divisor;
  }
  if (option === 'balancedAccuracy') {
    const recall = (hits: number, misses: number) => (hits + misses === 0 ? 0 : hits / (hits + misses));
    return (recall(truePositive, falseNegative) + recall(trueNegative, falsePositive)) / 2;
  }
  return -(option.falsePositive * falsePositive + option.falseNegative * falseNegative);
}

/**
 * The threshold with the highest gain on rows that were not trained on, halfway between the probabilities next
 * to it. Of equally good ones, the one nearest to 1/2.
 *
 * @param probabilities - (rows) of the second class, calibrated
 * @param targets - (rows) 0 or 1
 * @returns 1/2 without rows of both classes
 */
export function tuneThreshold(
  option: Exclude<ThresholdOption, number>,
  probabilities: ArrayLike<number>,
  targets: ArrayLike<number>,
  weights: ArrayLike<number> | null = null,
): number {
  const weightOf = (row: number) => (weights === null ? 1 : weights[row]);
  const order = allRows(targets.length);
  order.sort((a, b) => probabilities[b] - probabilities[a]);
  const counts: Counts = { truePositive: 0, falsePositive: 0, falseNegative: 0, trueNegative: 0 };
  for (const row of order) counts[targets[row] === 1 ? 'falseNegative' : 'trueNegative'] += weightOf(row);
  if (counts.falseNegative === 0 || counts.trueNegative === 0) return 0.5;

  let best = { gain: gainOf(option, counts), threshold: 1 };
  for (let i = 0; i < order.length; i++) {
    const row = order[i];
    const weight = weightOf(row);
    if (targets[row] === 1) {
      counts.falseNegative -= weight;
      counts.truePositive += weight;
    } else {
      counts.trueNegative -= weight;
      counts.falsePositive += weight;
    }
    const below = i + 1 < order.length ? probabilities[order[i + 1]] : 0;
    if (below === probabilities[row]) continue;
    const threshold = (probabilities[row] + below) / 2;
    const gain = gainOf(option, counts);
    const isNearer = Math.abs(threshold - 0.5) < Math.abs(best.threshold - 0.5);
    if (gain > best.gain || (gain === best.gain && isNearer)) best = { gain, threshold };
  }
  return best.threshold;
}
