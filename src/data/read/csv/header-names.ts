/** Names of columns from a header, whatever people write there. */

import { ChainruleError } from '../../../error.js';
import { listed, placeNames } from '../../table.js';
import type { FoundHeader } from './header.js';
import type { Sample } from './sample.js';

export interface HeaderNames {
  readonly names: readonly string[];
  /** For each name the place of its cells in a row. */
  readonly places: readonly number[];
  /** The place of a last column without name and content; -1 if there is none. */
  readonly emptyPlace: number;
  readonly warnings: readonly string[];
}

/** Rows that are looked at. */
const MOST_RECORDS = 1000;

/**
 * Leaves out what is no column: a last one without name and content, which comes from delimiters at the ends of lines,
 * and a first one without name that only numbers the rows.
 *
 * @param asked - names that the caller gives, or null
 * @throws {@link ChainruleError} ERR_OPTION if these are not as many as columns
 */
export function namesOfHeader(
  sample: Sample,
  found: FoundHeader,
  asked: readonly string[] | null,
  path: string,
): HeaderNames {
  const { width } = found;
  const written = writtenNames(sample, found);
  const all = Array.from({ length: width }, (_, place) => place);
  if (asked?.length === width) return { names: asked, places: all, emptyPlace: -1, warnings: [] };
  const hasHeader = width > 1 && found.header !== null;
  const isEmpty = hasHeader && written[width - 1] === '' && isBlankColumn(sample, found.firstRow, width);
  const emptyPlace = isEmpty ? width - 1 : -1;
  const isIndex = hasHeader && written[0] === '' && numbersRows(sample, found.firstRow, width);
  const places = all.filter((place) => place !== emptyPlace && !(isIndex && place === 0));
  const index = isIndex ? [`the first column of ${path} has no name, numbers the rows, and is left out`] : [];
  if (asked !== null) {
    if (asked.length === places.length) return { names: asked, places, emptyPlace, warnings: index };
    throw new ChainruleError(
      'ERR_OPTION',
      `names has ${asked.length} ${asked.length === 1 ? 'name' : 'names'}, expected ${width}, one for each column of ${path}`,
    );
  }
  if (found.header === null) {
    const warnings: string[] = [];
    return { names: placeNames(places.length), places, emptyPlace, warnings };
  }
  const { names, warnings } = distinctNames(places, written, path);
  return { names, places, emptyPlace, warnings: [...index, ...warnings] };
}

/** The names in the header, for each place of a row; '' where it has none. */
function writtenNames(sample: Sample, { header, width }: FoundHeader): string[] {
  if (header === null) return new Array<string>(width).fill('');
  const names = Array.from({ length: sample.width(header) }, (_, column) =>
    // A line end within a name is there to make a column of a spreadsheet narrow.
    sample
      .text(header, column)
      .split(/[\r\n]/)
      .map((line) => line.trim())
      .filter((line) => line !== '')
      .join(' '),
  );
  if (names.length >= width) return names.slice(0, width);
  // A header with one name less: the rows end in a delimiter, or start with a column that has no name.
  return isBlankColumn(sample, header + 1, width) ? [...names, ''] : ['', ...names];
}

/** Whether the last column is blank in all rows. */
function isBlankColumn(sample: Sample, first: number, width: number): boolean {
  for (let r = first; r < Math.min(sample.records, first + MOST_RECORDS); r++) {
    if (sample.width(r) === width && !sample.isBlank(r, width - 1)) return false;
  }
  return true;
}

/** Whether the first column holds a whole number in each row, never the same. */
function numbersRows(sample: Sample, first: number, width: number): boolean {
  const seen = new Set<number>();
  let rows = 0;
  for (let r = first; r < Math.min(sample.records, first + MOST_RECORDS); r++) {
    if (sample.width(r) !== width) continue;
    rows++;
    const number = sample.number(r, 0);
    if (!Number.isInteger(number) || number < 0) return false;
    seen.add(number);
  }
  return rows > 0 && seen.size === rows;
}

/** No name twice, and none that is empty. */
function distinctNames(
  places: readonly number[],
  written: readonly string[],
  path: string,
): { names: string[]; warnings: string[] } {
  const taken = new Set(written);
  const used = new Set<string>();
  const renamed: string[] = [];
  /** The number to go on with for each name that is repeated. */
  const repeated = new Map<string, number>();
  const named: string[] = [];
  const names = places.map((place) => {
    const own = written[place];
    if (own !== '' && !used.has(own)) {
      used.add(own);
      return own;
    }
    let number = own === '' ? place : (repeated.get(own) ?? 2);
    const stem = own === '' ? 'unnamed' : own;
    while (taken.has(`${stem}_${number}`)) number++;
    const name = `${stem}_${number}`;
    taken.add(name);
    (own === '' ? named : renamed).push(name);
    if (own !== '') repeated.set(own, number + 1);
    return name;
  });
  const warnings: string[] = [];
  if (named.length > 0)
    warnings.push(`${path} has columns without a name, which are called ${listed(named)}`);
  if (renamed.length > 0) {
    const which = listed([...repeated.keys()]);
    warnings.push(
      `${path} has more than one column ${which}; the further ones are called ${listed(renamed)}`,
    );
  }
  return { names, warnings };
}
