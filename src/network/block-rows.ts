/** How many rows of batches are in memory at once. */

/** Numbers of a block: the most that its rows may have by default. */
const BLOCK_NUMBERS = 2 ** 24;
const MOST_BLOCK_ROWS = 2 ** 16;

/** Rows of a block, if nobody says: a multiple of those of a batch. */
export function defaultBlockRows(inputSize: number, batchSize: number): number {
  const rows = Math.min(MOST_BLOCK_ROWS, Math.floor(BLOCK_NUMBERS / inputSize));
  return wholeBatches(rows, batchSize);
}

/** The nearest number of rows that fills batches, at least one: a rest would make a small batch in every block. */
export function wholeBatches(rows: number, batchSize: number): number {
  return Math.max(1, Math.round(rows / batchSize)) * batchSize;
}
