/** Words that tables, targets and the chart share. */

/** @param {number} threads */
export function threadCount(threads) {
  return threads === 1 ? '1 thread' : `${threads} threads`;
}

/** @param {{ name: string, variant: string | null }} contender */
export function title({ name, variant }) {
  return variant === null ? name : `${name}, ${variant}`;
}
