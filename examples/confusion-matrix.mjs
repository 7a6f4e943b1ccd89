/** Which classes a classifier confuses, drawn in a terminal. */

const CELL = 6;

/**
 * @param {ArrayLike<number>} actual class of each row
 * @param {ArrayLike<number>} predicted class of each row
 * @param {number} classes
 * @returns {number[][]} counts, [actual][predicted]
 */
export function confusionMatrix(actual, predicted, classes) {
  const counts = Array.from({ length: classes }, () => new Array(classes).fill(0));
  for (let row = 0; row < actual.length; row++) counts[actual[row]][predicted[row]]++;
  return counts;
}

/**
 * The matrix as lines of text, with the fraction of each class that was recognised. Correct predictions are
 * green, or in brackets without colours.
 *
 * @param {number[][]} counts [actual][predicted]
 * @param {{ colours: boolean }} options
 */
export function drawConfusionMatrix(counts, { colours }) {
  const green = (text) => (colours ? `\x1b[1;32m${text}\x1b[0m` : text);
  const grey = (text) => (colours ? `\x1b[2m${text}\x1b[0m` : text);
  const recognised = (count) => (colours ? `${count} ` : `[${count}]`);

  const cell = (count, isDiagonal) => {
    if (isDiagonal) return green(recognised(count).padStart(CELL));
    const text = `${count || '.'} `.padStart(CELL);
    return count === 0 ? grey(text) : text;
  };
  const header = counts.map((_, label) => `${label} `.padStart(CELL)).join('');
  const lines = counts.map((row, label) => {
    const share =
      row[label] /
      Math.max(
        1,
        row.reduce((sum, count) => sum + count),
      );
    const cells = row.map((count, column) => cell(count, column === label)).join('');
    return `${String(label).padStart(4)} ${cells}  ${(100 * share).toFixed(1).padStart(5)}%`;
  });
  return [`     ${header}  right`, ...lines].join('\n');
}
