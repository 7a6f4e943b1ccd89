/** What a report shows, as plain data: all that the page is drawn from. */

import type { ColumnKind } from '../data/column-kind.js';
import type { ClassifierEvaluation, RegressorEvaluation } from '../estimators/scoring.js';
import type { LayerHealth } from '../inspect/layer-health.js';

export interface ReportFacts {
  title: string;
  estimator: 'MLPClassifier' | 'MLPRegressor';
  /** Where the rows come from, as the caller calls it. */
  dataName: string | null;
  /** The column with the labels. */
  target: string | null;
  /** When the report was made, as `Date.toISOString` writes it. */
  made: string;
  tested: TestedFacts;
  data: DataFacts;
  /** Of a classifier. */
  classes: ClassFacts | null;
  /** Of a regressor. */
  numbers: NumberFacts | null;
  importance: ImportanceFacts | null;
  training: TrainingFacts;
  layers: MemberLayers[];
  reproduction: Reproduction;
}

/**
 * Which rows the scores are of, in falling order of honesty: rows that the caller says are new; rows that chose the
 * epoch but were not trained on, of the fit or apart from it; rows that were trained on.
 */
export type TestedHow = 'new' | 'heldOut' | 'validation' | 'seen';

export interface TestedFacts {
  how: TestedHow;
  /** Whether there are as many rows as the fit had, and a model from a file cannot tell whether they are the same. */
  mayBeSeen: boolean;
  rows: number;
  /** Networks whose predictions are averaged, or that each predict their own rows. */
  networks: number;
  /** Whether rows count by weights. */
  isWeighted: boolean;
}

export interface DataFacts {
  /** Of the fit; null if nobody knows any more. */
  fitRows: number | null;
  columns: ColumnReport[];
  /** Columns that are no features, apart from the target. */
  dropped: string[];
  /** About the rows of the fit. */
  warnings: string[];
  /** About the rows that are tested. */
  testWarnings: string[];
  /** What the reader of the file had to say. */
  readWarnings: string[];
}

export interface ColumnReport {
  name: string;
  kind: ColumnKind;
  used: boolean;
  /** What its numbers have beside them, such as 'kg'; null for nothing. */
  unit: string | null;
  reason: string | null;
  asked: boolean;
  missing: number;
  features: number;
  /** The values of a column that is used, as far as they are known. */
  values: { median: number } | { categories: string[]; count: number; others: boolean } | null;
}

export interface ClassFacts {
  /** The labels as texts. */
  names: string[];
  /** (rows) class indices. */
  targets: Int32Array;
  /** (rows) class indices. */
  predicted: Int32Array;
  /** (rows, classes) */
  probabilities: Float64Array;
  /** (rows), or null for all the same. */
  weights: Float32Array | null;
  evaluation: ClassifierEvaluation;
  /** Of predictions that look at no column: always the class that was the most frequent in training, and its shares. */
  baseline: { name: string; accuracy: number; logLoss: number };
  perClass: { precision: number; recall: number; f1: number; support: number; area: number | null }[];
  /** Of the second of two classes; null for the likelier one. */
  threshold: number | null;
}

export interface NumberFacts {
  /** (rows) */
  targets: Float64Array;
  /** (rows) */
  predicted: Float64Array;
  weights: Float32Array | null;
  evaluation: RegressorEvaluation;
  /** Of predictions that look at no column: always the constant that suits the targets of training best. */
  baseline: { rmse: number; mae: number };
  intervals: IntervalFacts[];
}

/** Prediction intervals on the tested rows. */
export interface IntervalFacts {
  /** Promised share. */
  coverage: number;
  /** Share of the tested rows inside. */
  covered: number;
  /** Mean width, in units of the target. */
  width: number;
}

export interface ImportanceFacts {
  /** The most important first. */
  columns: { name: string; importance: number; standardDeviation: number }[];
  /** What it is measured by. */
  metric: 'accuracy' | 'logLoss' | 'auc' | 'rmse' | 'mae' | 'r2';
  /** Of the rows that it was measured on, before any shuffling: the higher, the better. */
  score: number;
  rows: number;
  repeats: number;
}

export interface TrainingFacts {
  members: MemberHistory[];
  stoppedBy: string;
  /** What the loss is of. */
  loss: string;
  /** Whether dropout or smoothed labels make the loss of training higher than it is without them. */
  isDamped: boolean;
  /** Standard deviation of the target, which a regressor's loss is measured in. */
  targetDeviation: number | null;
}

export interface MemberHistory {
  epochs: { epoch: number; loss: number; heldOutLoss: number | null; heldOutAccuracy: number | null }[];
  /** null if the last one is kept. */
  bestEpoch: number | null;
  /** null if unknown, as of a model from a file. */
  seconds: number | null;
}

export interface MemberLayers {
  layers: (LayerHealth & { inputs: number; gradientNorm: number })[];
  /** Rows that they were measured on. */
  rows: number;
}

export interface Reproduction {
  settings: { name: string; value: string; isGiven: boolean }[];
  versions: { name: string; value: string }[];
  /** The command that made it; null if there was none. */
  command: string | null;
  /** A program that makes the same model. */
  program: string;
}
