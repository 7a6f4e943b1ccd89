/** Both estimators as one type, for tests of what they share. */

import type { ColumnInfo, EstimatorFitOptions, EstimatorOptions } from '../../src/index.js';
import { MLPClassifier, MLPRegressor } from '../../src/index.js';
import { draw } from './rows.js';

/** What both can do, on data of any type: most of these tests are about types that the compiler would refuse. */
export interface EitherEstimator {
  readonly columns: readonly ColumnInfo[];
  fit(rows: unknown, labels: unknown, options?: EstimatorFitOptions): Promise<EitherEstimator>;
  partialFit(rows: unknown, labels: unknown): Promise<EitherEstimator>;
  predict(rows: unknown): unknown[];
  evaluate(rows: unknown, labels?: unknown): Record<string, unknown>;
  score(rows: unknown, labels?: unknown): number;
  save(path: string): Promise<void>;
}

export interface Either {
  name: 'MLPClassifier' | 'MLPRegressor';
  make(options?: EstimatorOptions): EitherEstimator;
  load(path: string): Promise<EitherEstimator>;
  /** Labels of so many rows. */
  labels(count: number): unknown[];
  /** The same label for so many rows. */
  equal(count: number): unknown[];
}

/** Fast, for tests of something else than what is learnt. */
const quick = { hiddenLayers: [8], epochs: 3, seed: 1, threads: 1 };

const cast = (estimator: MLPClassifier | MLPRegressor) => estimator as unknown as EitherEstimator;

export const both: Either[] = [
  {
    name: 'MLPClassifier',
    make: (options) => cast(new MLPClassifier({ ...quick, ...options })),
    load: async (path) => cast(await MLPClassifier.load(path)),
    labels: (count) => Array.from({ length: count }, (_, row) => (draw(1000 + row) < 0.5 ? 'p' : 'q')),
    equal: (count) => new Array(count).fill('only'),
  },
  {
    name: 'MLPRegressor',
    make: (options) => cast(new MLPRegressor({ ...quick, ...options })),
    load: async (path) => cast(await MLPRegressor.load(path)),
    labels: (count) => Array.from({ length: count }, (_, row) => 10 * draw(1000 + row)),
    equal: (count) => new Array(count).fill(5),
  },
];
