/** Trains and judges a tool on the splits of a set. */

import process from 'node:process';
import { splitOf } from './folder.mjs';
import { classificationMetrics, regressionMetrics } from './metrics.mjs';
import { recordOf } from './summary.mjs';

/**
 * @typedef {object} Estimators what is measured: the library, or a module with the same two exports
 * @property {new (options: object) => any} MLPClassifier
 * @property {new (options: object) => any} MLPRegressor
 */

/**
 * @typedef {object} Problem
 * @property {string} tool
 * @property {string} set
 * @property {number | null} repeat null where it concerns the whole set
 * @property {string} problem
 */

/**
 * The record of a set, as results.json has them, from the repeats that could be measured.
 *
 * @param {Estimators} estimators
 * @param {import('./folder.mjs').SetEntry} entry
 * @param {import('./folder.mjs').TableSet} set
 * @param {{ repeats: number, options: object }} settings the most repeats; options beside the seed
 * @returns {Promise<{ record: object | null, problems: Omit<Problem, 'tool'>[] }>}
 */
export async function measureSet(estimators, entry, set, { repeats, options }) {
  const outcomes = [];
  const problems = [];
  for (let repeat = 0; repeat < Math.min(repeats, set.test.length); repeat++) {
    try {
      const model = modelFor(estimators, entry, { seed: repeat, ...options });
      outcomes.push({ repeat, ...(await measureRepeat(model, entry, splitOf(set, repeat))) });
    } catch (error) {
      problems.push({ set: entry.name, repeat, problem: String(error?.message ?? error) });
    }
  }
  return { record: outcomes.length > 0 ? recordOf(entry, outcomes) : null, problems };
}

function modelFor(estimators, { task }, options) {
  const name = task === 'classification' ? 'MLPClassifier' : 'MLPRegressor';
  if (typeof estimators[name] !== 'function') throw new Error(`there is no export ${name}`);
  return new estimators[name](options);
}

async function measureRepeat(model, { task }, { training, test }) {
  const fit = await timed(() => model.fit(training.rows, training.labels));
  const prediction = await timed(async () => {
    // It may be a promise; the labels come from the probabilities, so their time is not added.
    const isClassifier = task === 'classification';
    return isClassifier ? model.predictProbability(test.rows) : model.predict(test.rows);
  });
  const metrics =
    task === 'classification'
      ? classificationMetrics(test.labels, {
          labels: await model.predict(test.rows),
          classes: model.classes,
          probabilities: prediction.value,
        })
      : regressionMetrics(test.labels, prediction.value);
  return {
    metrics,
    fitSeconds: fit.seconds,
    fitCpuSeconds: fit.cpuSeconds,
    predictSeconds: prediction.seconds,
  };
}

async function timed(work) {
  const cpu = process.cpuUsage();
  const start = performance.now();
  const value = await work();
  const seconds = (performance.now() - start) / 1e3;
  const { user, system } = process.cpuUsage(cpu);
  return { value, seconds, cpuSeconds: (user + system) / 1e6 };
}
