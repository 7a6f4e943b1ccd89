/**
 * The least that a model can do, with the estimators' interface: the most frequent class, or the mean. A tool
 * that does not beat it has learnt nothing, and what it reaches can be counted by hand.
 */

import { mean } from './metrics.mjs';

/** Predicts the most frequent class, and the classes' shares as probabilities. */
export class MLPClassifier {
  async fit(_rows, labels) {
    const counts = new Map();
    for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
    this.classes = [...counts.keys()].sort();
    this.shares = this.classes.map((label) => counts.get(label) / labels.length);
    return this;
  }

  predict(rows) {
    const largest = this.shares.indexOf(Math.max(...this.shares));
    return rows.map(() => this.classes[largest]);
  }

  predictProbability(rows) {
    return rows.map(() => this.shares);
  }
}

/** Predicts the mean of the targets. */
export class MLPRegressor {
  async fit(_rows, values) {
    this.mean = mean(values);
    return this;
  }

  predict(rows) {
    return rows.map(() => this.mean);
  }
}
