/** What the estimators are meant to reach over the sets, as ratios to others, and what was measured. */

import { ratioOf, secondsRatio } from './summary.mjs';

/** Our name in the records. */
export const OWN = 'chainrule';

/** From this many members on, the higher targets count. */
const BAGGED = 5;

/** The higher target is for `members: 5`. */
const TARGETS = [
  {
    what: 'classification error, SGM',
    task: 'classification',
    metric: 'error',
    to: 'sklearn-mlp',
    alone: 0.88,
    bagged: 0.82,
  },
  {
    what: 'log-loss, mean over the sets',
    task: 'classification',
    metric: 'logloss',
    to: 'sklearn-mlp',
    alone: 0.92,
    bagged: 0.83,
  },
  {
    what: 'nRMSE, SGM',
    task: 'regression',
    metric: 'nrmse',
    to: 'sklearn-mlp-scaled-y',
    alone: 0.95,
    bagged: 0.87,
  },
  {
    what: 'CPU seconds of a fit, sum over the sets',
    metric: 'seconds',
    to: 'realmlp-td-s',
    alone: 0.1,
    bagged: 0.3,
  },
];

/**
 * @typedef {object} Verdict
 * @property {string} what
 * @property {string} to the tool that the ratio is to
 * @property {number} target
 * @property {number} measured
 * @property {number} sets that both tools have
 * @property {boolean} met judged as the table shows it, rounded
 * @property {Record<string, number>} others what the other tools reach on the repeats that they have in common
 */

/**
 * The targets that can be judged. Where a peer ran live, the ratio is to that run.
 *
 * @param {object} results as main.mjs makes them
 * @returns {Verdict[]}
 */
export function judge({ entries, sets, tools, settings }) {
  const isBagged = (settings.members ?? 1) >= BAGGED;
  return TARGETS.flatMap((target) => {
    const live = liveName(target.to);
    const to = live in tools && hasAny(sets, live) ? live : target.to;
    const measure = (tool) =>
      target.metric === 'seconds'
        ? secondsRatio(sets, entries, tool, to)
        : ratioOf(sets, entries, { ...target, tool, to });
    const own = measure(OWN);
    if (own === null) return [];
    const goal = isBagged ? target.bagged : target.alone;
    const others = Object.keys(tools)
      .filter((tool) => tool !== OWN && tool !== to)
      .flatMap((tool) => {
        const ratio = measure(tool)?.ratio;
        return ratio === undefined ? [] : [[tool, ratio]];
      });
    const met = Number(own.ratio.toFixed(3)) <= goal;
    const verdict = { what: target.what, to, target: goal, measured: own.ratio, sets: own.sets, met };
    return [{ ...verdict, others: Object.fromEntries(others) }];
  });
}

/** The name under which a tool that ran live stands beside its recorded results. */
export function liveName(tool) {
  return `${tool}, live`;
}

function hasAny(sets, tool) {
  return Object.values(sets).some((records) => tool in records);
}
