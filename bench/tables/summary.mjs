/** From repeats to the record of a set, and from records to numbers over the sets. */

import { mean } from './metrics.mjs';

/** Added to an error before its logarithm is taken, so that a set without errors does not decide all. */
export const SHIFT = 0.01;

/**
 * @typedef {object} Outcome of one repeat
 * @property {number} repeat
 * @property {Record<string, number>} metrics
 * @property {number} fitSeconds of wall time
 * @property {number} fitCpuSeconds of all threads
 * @property {number} predictSeconds
 */

/** @typedef {Record<string, Record<string, any>>} Records record of each tool in each set: sets[set][tool] */

/**
 * The record of a set as results.json has it.
 *
 * @param {import('./folder.mjs').SetEntry} entry
 * @param {Outcome[]} outcomes
 */
export function recordOf(entry, outcomes) {
  const names = Object.keys(outcomes[0].metrics);
  const values = Object.fromEntries(
    names.map((name) => [name, outcomes.map(({ metrics }) => metrics[name])]),
  );
  const means = Object.fromEntries(names.map((name) => [name, mean(values[name])]));
  if (entry.task === 'regression') means.nrmse = means.rmse / entry.targetStd;
  return {
    repeats: outcomes.map(({ repeat }) => repeat),
    ...values,
    fitSeconds: mean(outcomes.map(({ fitCpuSeconds }) => fitCpuSeconds)),
    fitSecondsKind: 'cpu, all threads',
    fitWallSeconds: mean(outcomes.map(({ fitSeconds }) => fitSeconds)),
    predictSeconds: mean(outcomes.map(({ predictSeconds }) => predictSeconds)),
    mean: means,
    standardError: Object.fromEntries(names.map((name) => [name, standardError(values[name])])),
  };
}

/** Of the mean; null for a single value. */
export function standardError(values) {
  if (values.length < 2) return null;
  const centre = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1) / values.length);
}

/** The shifted geometric mean. */
export function sgm(values) {
  return Math.exp(mean(values.map((value) => Math.log(value + SHIFT))));
}

/**
 * The sets of a task in which all of `tools` have repeats in common, with each tool's values on these.
 *
 * @param {Records} sets
 * @param {import('./folder.mjs').SetEntry[]} entries
 * @param {{ task: string, metric: string, tools: string[] }} what the metric may be nrmse
 * @returns {{ set: string, values: number[][] }[]} values[i] are those of tools[i]
 */
export function paired(sets, entries, { task, metric, tools }) {
  return entries
    .filter((entry) => entry.task === task)
    .flatMap((entry) => {
      const records = tools.map((tool) => sets[entry.name]?.[tool]);
      if (!records.every(Boolean)) return [];
      const common = records[0].repeats.filter((r) => records.every(({ repeats }) => repeats.includes(r)));
      if (common.length === 0) return [];
      const values = records.map((record) => common.map((repeat) => valueAt(record, repeat, metric, entry)));
      return [{ set: entry.name, values }];
    });
}

function valueAt(record, repeat, metric, { targetStd }) {
  const at = record.repeats.indexOf(repeat);
  return metric === 'nrmse' ? record.rmse[at] / targetStd : record[metric][at];
}

/** What a mean over the sets is made of, by metric: small errors are shifted, others are averaged as they are. */
const OVER_SETS = { error: sgm, nrmse: sgm, logloss: mean, auc: mean };

/**
 * A metric of one tool over that of another, over the sets, on the repeats that both have.
 *
 * @returns {{ ratio: number, sets: number } | null} null if they have none in common
 */
export function ratioOf(sets, entries, { task, metric, tool, to }) {
  const pairs = paired(sets, entries, { task, metric, tools: [tool, to] });
  if (pairs.length === 0) return null;
  const [own, other] = [0, 1].map((i) => OVER_SETS[metric](pairs.map(({ values }) => mean(values[i]))));
  return { ratio: own / other, sets: pairs.length };
}

/**
 * Seconds of a fit of each set, as the ratio of their sums over the sets that both have, and as the geometric
 * mean of the ratios.
 */
export function secondsRatio(sets, entries, tool, to) {
  const pairs = entries
    .map(({ name }) => [sets[name]?.[tool]?.fitSeconds, sets[name]?.[to]?.fitSeconds])
    .filter((pair) => pair.every((seconds) => seconds !== undefined));
  if (pairs.length === 0) return null;
  const sum = (i) => pairs.reduce((total, pair) => total + pair[i], 0);
  return {
    ratio: sum(0) / sum(1),
    geometric: Math.exp(mean(pairs.map(([own, other]) => Math.log(own / other)))),
    sets: pairs.length,
  };
}

/** In how many sets `tool` has the smaller error or nRMSE, in how many it ties, in how many it loses. */
export function winTieLoss(sets, entries, tool, against) {
  const counts = { win: 0, tie: 0, loss: 0 };
  const tools = [tool, against];
  const pairs = [
    ...paired(sets, entries, { task: 'classification', metric: 'error', tools }),
    ...paired(sets, entries, { task: 'regression', metric: 'nrmse', tools }),
  ];
  for (const { values } of pairs) counts[verdict(values)]++;
  return counts;
}

/** A tie where the mean paired difference is within 1 % of the other's mean or within one standard error. */
function verdict([own, other]) {
  const differences = own.map((value, i) => value - other[i]);
  const difference = mean(differences);
  const within = Math.max(0.01 * mean(other), standardError(differences) ?? 0);
  // One that differs in a single repeat is a standard error away: rounding must not decide then.
  if (Math.abs(difference) <= within * (1 + 1e-9)) return 'tie';
  return difference < 0 ? 'win' : 'loss';
}

/** A tool's own numbers over the sets, on the repeats that it has. */
export function overSets(sets, entries, tool) {
  const over = (task, metric) => {
    const pairs = paired(sets, entries, { task, metric, tools: [tool] });
    return pairs.length > 0 ? OVER_SETS[metric](pairs.map(({ values }) => mean(values[0]))) : null;
  };
  const seconds = entries.map(({ name }) => sets[name]?.[tool]?.fitSeconds).filter((s) => s !== undefined);
  return {
    sgmError: over('classification', 'error'),
    sgmNrmse: over('regression', 'nrmse'),
    meanLogloss: over('classification', 'logloss'),
    meanAuc: over('classification', 'auc'),
    fitSeconds: seconds.reduce((sum, value) => sum + value, 0),
    sets: seconds.length,
  };
}
