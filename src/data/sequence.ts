/** Recognises numbers that only count the rows. */

/** With fewer rows, whole numbers in sequence may well be amounts. */
const FEWEST_ROWS = 20;
/** The same for numbers that rise or fall from row to row, as a count of the rows does. */
const FEWEST_IN_ORDER = 10;
/** Gaps there may be: other rows, for instance those to validate on, may have the numbers between. */
const MOST_PER_ROW = 2;

/**
 * Whether the numbers are whole, all different, none missing, and fill at least half of their range.
 *
 * @param place - of each row in the caller's data, so that shuffled rows are recognised too
 */
export function isSequence(numbers: Float64Array, place: (row: number) => number): boolean {
  const { length } = numbers;
  if (length < FEWEST_IN_ORDER) return false;
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < length; row++) {
    if (!Number.isSafeInteger(numbers[row])) return false;
    if (numbers[row] < least) least = numbers[row];
    if (numbers[row] > most) most = numbers[row];
  }
  if (most - least >= MOST_PER_ROW * length) return false;

  const rowOf = new Int32Array(most - least + 1).fill(-1);
  for (let row = 0; row < length; row++) {
    if (rowOf[numbers[row] - least] >= 0) return false;
    rowOf[numbers[row] - least] = row;
  }
  return length >= FEWEST_ROWS || isInOrder(rowOf, place);
}

function isInOrder(rowOf: Int32Array, place: (row: number) => number): boolean {
  const places = Array.from(
    rowOf.filter((row) => row >= 0),
    place,
  );
  const rises = places.every((value, i) => i === 0 || value > places[i - 1]);
  return rises || places.every((value, i) => i === 0 || value < places[i - 1]);
}
