/**
 * The measures of the benchmark, in double. They are its own, not the library's, so that a fault in the library
 * does not hide itself.
 */

/** Probabilities are taken to be at least this and at most 1. */
const LEAST_PROBABILITY = 1e-6;

/**
 * @typedef {number | string | boolean | bigint} Label
 */

/**
 * @param {Label[]} truth
 * @param {{ labels: ArrayLike<Label>, classes: readonly Label[], probabilities: ArrayLike<number>[] }} predicted
 *   a row of probabilities has them in the order of `classes`
 */
export function classificationMetrics(truth, { labels, classes, probabilities }) {
  checkLength('labels', truth, labels);
  checkLength('rows of probabilities', truth, probabilities);
  return {
    error: truth.filter((label, row) => labels[row] !== label).length / truth.length,
    logloss: logLoss(truth, classes, probabilities),
    auc: auc(truth, classes, probabilities),
  };
}

/** Mean of -ln(probability of the true class); a class that the model does not know has the least probability. */
export function logLoss(truth, classes, probabilities) {
  const indexOf = indices(classes);
  return mean(
    truth.map((label, row) => {
      const wrong = Array.from(probabilities[row]).find((value) => !(value >= 0 && value <= 1 + 1e-6));
      if (wrong !== undefined) throw new Error(`a probability of row ${row} is ${wrong}`);
      const probability = probabilities[row][indexOf.get(label)] ?? 0;
      return -Math.log(Math.min(1, Math.max(LEAST_PROBABILITY, probability)));
    }),
  );
}

/**
 * Area under the ROC curve: of the second class if there are two; otherwise the mean over the classes, each
 * against the rest. Classes without a row, or with all rows, have none and do not count.
 */
export function auc(truth, classes, probabilities) {
  const indexOf = indices(classes);
  const present = [...new Set([...classes, ...truth])].filter((label) => truth.includes(label));
  if (present.length < 2) return Number.NaN;
  const counted = classes.length === 2 && present.length === 2 ? [classes[1]] : present;
  return mean(
    counted.map((label) =>
      binaryAuc(
        truth.map((one) => one === label),
        probabilities.map((row) => row[indexOf.get(label)] ?? 0),
      ),
    ),
  );
}

/** How often a positive row has the larger score, a tie counting half: from the ranks (Mann and Whitney). */
export function binaryAuc(isPositive, scores) {
  const order = scores.map((_, row) => row).sort((a, b) => scores[a] - scores[b]);
  let sumOfRanks = 0;
  for (let start = 0, end = 0; start < order.length; start = end) {
    end = start + 1;
    while (end < order.length && scores[order[end]] === scores[order[start]]) end++;
    const rank = (start + 1 + end) / 2;
    sumOfRanks += rank * order.slice(start, end).filter((row) => isPositive[row]).length;
  }
  const positives = isPositive.filter(Boolean).length;
  const negatives = isPositive.length - positives;
  return (sumOfRanks - (positives * (positives + 1)) / 2) / (positives * negatives);
}

/**
 * @param {number[]} truth
 * @param {ArrayLike<number>} predicted
 */
export function regressionMetrics(truth, predicted) {
  checkLength('values', truth, predicted);
  const errors = truth.map((value, row) => predicted[row] - value);
  const wrong = errors.findIndex((error) => !Number.isFinite(error));
  if (wrong >= 0) throw new Error(`the value predicted for row ${wrong} is ${predicted[wrong]}`);
  const centre = mean(truth);
  const squares = mean(errors.map((error) => error ** 2));
  return {
    rmse: Math.sqrt(squares),
    r2: 1 - squares / mean(truth.map((value) => (value - centre) ** 2)),
    mae: mean(errors.map(Math.abs)),
  };
}

export function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function indices(classes) {
  return new Map(classes.map((label, index) => [label, index]));
}

function checkLength(what, truth, predicted) {
  if (predicted.length !== truth.length) {
    throw new Error(`predicted ${predicted.length} ${what} for ${truth.length} rows`);
  }
}
