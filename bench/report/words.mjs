/** Words that tables, targets and the chart share. */

/** @param {number} threads */
export function threadCount(threads) {
  return threads === 1 ? '1 thread' : `${threads} threads`;
}
