/** How a file writes numbers and dates, as far as its first rows tell. */

import { dateEvidence } from '../../date-text.js';
import { decimalOf } from '../../number-text.js';
import type { Written } from '../../table.js';
import type { Sample } from './sample.js';

/** Rows that are looked at. */
const MOST_RECORDS = 1000;

/** For each column when it is asked for. @param places - of the columns in a record */
export function writtenIn(
  sample: Sample,
  first: number,
  width: number,
  places: readonly number[],
): (column: number) => Written {
  const known = new Map<number, Written>();
  return (column) => {
    let written = known.get(column);
    if (written === undefined) {
      written = writtenAt(sample, first, width, places[column]);
      known.set(column, written);
    }
    return written;
  };
}

function writtenAt(sample: Sample, first: number, width: number, place: number): Written {
  const decimals = new Set<'.' | ','>();
  const orders = new Set<'day' | 'month'>();
  for (let r = first; r < Math.min(sample.records, first + MOST_RECORDS); r++) {
    if (sample.width(r) !== width || sample.isBlank(r, place)) continue;
    const text = sample.text(r, place);
    const decimal = decimalOf(text);
    if (decimal !== undefined) decimals.add(decimal);
    const date = dateEvidence(text);
    if (typeof date === 'object' && date.order !== 'either') orders.add(date.order);
  }
  const order = only(orders);
  return {
    decimal: only(decimals),
    dates: order === undefined ? undefined : order === 'day' ? 'dayMonthYear' : 'monthDayYear',
  };
}

/** What all agree on; undefined if nothing, or not all. */
function only<T>(values: ReadonlySet<T>): T | undefined {
  return values.size === 1 ? [...values][0] : undefined;
}
