/** The report of an estimator: one HTML file. */

import type { AnyEstimator } from '../estimators/cross-validate.js';
import type { FitRows } from '../estimators/rows.js';
import { gatherFacts } from './gather.js';
import { type ReportOptions, resolveReport } from './options.js';

/**
 * A report about an estimator as one HTML file that needs neither a network nor scripts: what the data was, how good
 * predictions are beside those that look at no column, how training went, what matters, and how to make the same model
 * again. Takes up to some seconds where rows or columns are many, partly in one stretch: not for a process that answers
 * requests at the same time.
 *
 * Rows that are new to the estimator tell most. Given the rows of the last fit of this process, the report is about
 * what each network says of the rows that it was not trained on (`heldOut`).
 *
 * ```ts
 * const classifier = await new MLPClassifier({ seed: 1 }).fit(rows, 'species');
 * await writeFile('report.html', await makeReport(classifier, rows, 'species', { dataName: 'penguins.csv' }));
 * ```
 *
 * @param rows - with the columns of the fit
 * @param labels - of the rows; may be omitted if those of `fit` were a column
 * @throws {@link ChainruleError} ERR_OPTION, ERR_SHAPE, ERR_DATA for invalid arguments; ERR_UNFITTED before `fit`;
 * ERR_BUSY during `partialFit`
 */
export async function makeReport(
  estimator: AnyEstimator,
  rows: FitRows,
  labels?: ArrayLike<unknown> | string,
  options: ReportOptions = {},
): Promise<string> {
  const resolved = resolveReport(options);
  const facts = await gatherFacts(estimator, rows, labels, resolved);
  // Charts are drawn by libraries that nobody should wait for who does not draw any.
  const { renderReport } = await import('./page/render.js');
  return renderReport(facts);
}
