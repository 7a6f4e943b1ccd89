/** What a model says of a batch of rows, as columns of the output. */

import type { MLPClassifier, MLPRegressor, Table } from '../../index.js';
import { predictClasses } from '../shared/class-predictions.js';
import { UsageError } from '../shared/failure.js';

/** What is to be said of each row. */
export interface Wishes {
  probabilities: boolean;
  /** The share of new rows that intervals are to contain; null for none. */
  interval: number | null;
}

export interface Predictor {
  /** Names of the columns that it gives. */
  readonly names: readonly string[];
  /** Those columns, each with a value for each row. */
  predict(batch: Table, onWarning: (message: string) => void): Promise<ArrayLike<unknown>[]>;
}

/** @throws UsageError for wishes that the model cannot fulfil */
export function predictorOf(model: MLPClassifier | MLPRegressor, wishes: Wishes): Predictor {
  return 'classes' in model ? classPredictor(model, wishes) : numberPredictor(model, wishes);
}

function classPredictor(model: MLPClassifier, { probabilities, interval }: Wishes): Predictor {
  if (interval !== null) {
    throw new UsageError(
      '--interval is for models that predict amounts; this one predicts classes: --probabilities',
    );
  }
  const { classes } = model;
  const names = ['prediction', ...(probabilities ? classes.map((label) => `probability of ${label}`) : [])];
  return {
    names,
    async predict(batch, onWarning) {
      if (!probabilities) return [await model.predictAsync(batch, { onWarning })];
      const { places, probabilities: shares } = await predictClasses(model, batch, onWarning);
      const labels = Array.from(places, (place) => classes[place]);
      const sharesOf = (c: number) => labels.map((_, row) => shares[row * classes.length + c]);
      return [labels, ...classes.map((_, c) => sharesOf(c))];
    },
  };
}

function numberPredictor(model: MLPRegressor, { probabilities, interval }: Wishes): Predictor {
  if (probabilities) {
    throw new UsageError(
      '--probabilities is for models that predict classes; this one predicts amounts: --interval',
    );
  }
  return {
    names: ['prediction', ...(interval === null ? [] : ['lower', 'upper'])],
    async predict(batch, onWarning) {
      const numbers = await model.predictAsync(batch, { onWarning });
      if (interval === null) return [numbers];
      const { lower, upper } = model.predictInterval(batch, { coverage: interval });
      return [numbers, lower, upper];
    },
  };
}
