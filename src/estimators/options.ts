/** The options of the estimators. */

import type { Activation, BackendName, GemmChoice, Precision } from '../engine/contract.js';
import type { ColumnOverrides } from './rows.js';
import type { ThresholdOption } from './threshold.js';

/** What ends a fit before its last epoch. */
export interface EstimatorEarlyStopping {
  /** Epochs in a row without an improvement on the held-out rows. Default 40. */
  patience?: number | undefined;
}

/** The options that both estimators have. */
export interface EstimatorOptions {
  /**
   * Units of each hidden layer. Default [128, 128, 128], above 50,000 rows [256, 256, 256]. An empty list makes the
   * model linear.
   */
  hiddenLayers?: readonly number[] | undefined;
  /** Of the hidden layers. Default 'selu' for a classifier, 'mish' for a regressor. */
  activation?: Exclude<Activation, 'softmax'> | undefined;
  /**
   * In the paper's parametrisation, where it does not depend on the width: that of a weight from d inputs is this
   * divided by sqrt(d). The largest of the schedule. Default 0.04 for a classifier, 0.035 for a regressor.
   */
  learningRate?: number | undefined;
  /** Rows per step. Default: 64 up to 1,024 rows to train on, then 128, 256, 512 and 1,024 above 100,000. */
  batchSize?: number | undefined;
  /**
   * Passes over the rows. Default 64 for a classifier, 128 for a regressor; with many rows about 1,000,000 / rows, but
   * at least 8.
   */
  epochs?: number | undefined;
  /** Fraction of the hidden units that training drops. Default 0.15 for a classifier, 0 for a regressor. */
  dropout?: number | undefined;
  /** Decoupled weight decay, as in AdamW. Default 0.02. */
  weightDecay?: number | undefined;
  /**
   * Whether to end when the held-out rows are no longer predicted better, with `patience`. Default false: every
   * epoch is trained. The best epoch is kept either way.
   */
  earlyStopping?: boolean | EstimatorEarlyStopping | undefined;
  /**
   * Fraction of the rows to hold out, by class alike: they choose the epoch, calibrate probabilities and give
   * intervals their width. Given, one network is trained on the rest; 0 keeps the last epoch and does without the
   * others. Not with `members`, nor with the validation data of a fit. Default: the folds of the members.
   */
  validationSplit?: number | undefined;
  /**
   * Networks whose predictions are averaged. From 2 on, the rows are cut into as many folds; each network is trained
   * on all but one of them and tested on that. Default 5; 1 below 10 and above 50,000 rows, with fewer than 5 groups,
   * and where a certain part of the rows is held out (`validationSplit`; `validation` or `time` of a fit): then a
   * fifth of them, if nothing else is said. Also 1 for an estimator that begins with `partialFit`.
   */
  members?: number | undefined;
  /** What columns are to be taken for, by name, or 'ignore'; or the names of the columns of rows without names. */
  columns?: ColumnOverrides | undefined;
  /** Fixes everything that is drawn; below 2^32. Default: drawn at random. */
  seed?: number | undefined;
  /** The most threads to use; the results do not depend on it. Default: the cores this process may use. */
  threads?: number | undefined;
  /** The engine, as for `Network`. Default 'auto'. */
  backend?: BackendName | 'auto' | undefined;
  /** What computes matrix products, as for `Network`. Default 'auto'. */
  gemm?: GemmChoice | undefined;
  /** The least precision of matrix products, as for `Network`. Default 'float32'. */
  precision?: Precision | undefined;
}

/** What a classifier is to be best at. */
export type ClassifierMetric = 'accuracy' | 'logLoss' | 'auc';

/** The options of an `MLPClassifier`. */
export interface MLPClassifierOptions extends EstimatorOptions {
  /**
   * What it is to be best at: 'accuracy' (the default), 'logLoss', or 'auc', the area under the ROC curve. The
   * last two train without label smoothing. The epoch with the lowest loss is kept; for 'accuracy' that with the most
   * hits, if at least 500 rows are held out.
   */
  metric?: ClassifierMetric | undefined;
  /**
   * How much each class counts in training, by label, 1 by default; or 'balanced': rows / (classes * rows of the
   * class). Labels that are not strings need a Map, or their text as the key. Probabilities then are those of
   * classes that are as frequent as their weight says.
   */
  classWeight?: 'balanced' | Readonly<Record<string, number>> | ReadonlyMap<unknown, number> | undefined;
  /** For two classes. Default: the class with the higher probability. */
  threshold?: ThresholdOption | undefined;
  /** Fraction of the target to spread over all classes. Default 0.1 with metric 'accuracy', else 0. */
  labelSmoothing?: number | undefined;
}

/** What a regressor is to be best at. */
export type RegressorMetric = 'rmse' | 'mae' | 'r2';

/** The losses of a regressor; 'huber' changes to a line at one standard deviation of the target. */
export type RegressorLoss =
  | 'squared'
  | 'absolute'
  | 'huber'
  | { kind: 'squared' | 'absolute' }
  | { kind: 'huber'; delta?: number | undefined }
  | { kind: 'quantile'; quantiles: readonly number[] };

/** The options of an `MLPRegressor`. */
export interface MLPRegressorOptions extends EstimatorOptions {
  /** What it is to be best at. Default 'rmse'. 'mae' makes 'absolute' the default of `loss`. */
  metric?: RegressorMetric | undefined;
  /**
   * What training minimises, on the target divided by its standard deviation. Default 'squared'. 'quantile'
   * estimates `quantiles`, each above 0 and below 1: `predict` then returns the one next to 1/2.
   */
  loss?: RegressorLoss | undefined;
}
