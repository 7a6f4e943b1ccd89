/**
 * How large a fit is where nobody said, by the number of rows. Fixed on sets of 361 to 8,645 rows, none of them
 * among those of the benchmark; `docs/decisions/0014-defaults.md` has the numbers.
 */

/** Networks side by side, or a wider one. */
export interface FitSize {
  members: number;
  hiddenLayers: readonly number[];
}

/** Fewer rows have no folds that say anything. */
const LEAST_TO_BAG = 10;
/** With more, one network has seen enough, and five take too long. */
const MOST_TO_BAG = 50_000;

const NARROW = [128, 128, 128];
const WIDE = [256, 256, 256];

/**
 * Five networks of three times 128 units, each trained on four fifths of the rows, take half the time of one of three
 * times 256 and predict better, as long as rows are what is lacking.
 */
export function fitSizeFor(rows: number): FitSize {
  if (rows > MOST_TO_BAG) return { members: 1, hiddenLayers: WIDE };
  return { members: rows < LEAST_TO_BAG ? 1 : 5, hiddenLayers: NARROW };
}

/** Rows to see before a fit ends that has seen each of them often enough; and how often that is at least. */
const ENOUGH_ROWS = 1e6;
const LEAST_EPOCHS = 8;

/** Passes over `rows` rows: `most`, but with many rows fewer. */
export function epochsFor(rows: number, most: number): number {
  return Math.min(most, Math.max(LEAST_EPOCHS, Math.round(ENOUGH_ROWS / rows)));
}

/** Rows of a batch, as in the library of RealMLP's authors, pytabkit. */
export function batchSizeFor(rows: number): number {
  const sizes: [most: number, size: number][] = [
    [1024, 64],
    [8192, 128],
    [30_000, 256],
    [100_000, 512],
  ];
  const size = sizes.find(([most]) => rows <= most)?.[1] ?? 1024;
  return Math.max(1, Math.min(size, rows));
}
