/**
 * Categories as features. Two known ones: a single feature, -1 and +1, 0 for a missing or unseen value. More: a
 * feature for each, 0 or 1; of more than 100 only for the 100 most frequent and one for all others, among them
 * unseen values. Missing values are 0 everywhere.
 */

import type { CellFaults } from './cell-faults.js';
import { categoryName } from './column-facts.js';
import type { Cells, ColumnWriter, Destination } from './column-writer.js';
import { flagScale, pairScale, scaleFlag } from './flags.js';
import { isMarker, isMissing } from './missing-cells.js';
import { PLAIN, parseNumber } from './number-text.js';
import type { Scale } from './robust-scale.js';
import { cellsOf, type TextCounts } from './text-counts.js';

/** Categories with a feature of their own. */
export const MOST_CATEGORIES = 100;

/** The part of a categorical column that is saved. */
export interface CategoricalState {
  readonly type: 'categorical';
  /** In the order of their features. */
  readonly categories: readonly string[];
  /** Whether a last feature stands for all other values. */
  readonly other: boolean;
  readonly scales: readonly Scale[];
}

/** Learns the features of the categories of `counts`, which leave out missing cells; `rows` counts all. */
export function fitCategories(counts: TextCounts, rows: number): CategoricalState {
  const other = counts.size > MOST_CATEGORIES;
  const categories = (other ? mostFrequent(counts) : [...counts.keys()]).sort();
  const ones = categories.map((category) => counts.get(category)?.cells ?? 0);
  if (categories.length === 2) {
    return { type: 'categorical', categories, other, scales: [pairScale(ones[0], ones[1], rows)] };
  }
  if (other) {
    ones.push(cellsOf(counts) - ones.reduce((sum, count) => sum + count, 0));
  }
  return { type: 'categorical', categories, other, scales: ones.map((count) => flagScale(count, rows)) };
}

/** Of those that are equally frequent, the first in the order of their code units. */
function mostFrequent(counts: TextCounts): string[] {
  const sorted = [...counts].sort(([a, one], [b, other]) => other.cells - one.cells || (a < b ? -1 : 1));
  return sorted.slice(0, MOST_CATEGORIES).map(([category]) => category);
}

/** Writes the feature of a known category, or that of all others if there is one. */
export function categoryWriter({ categories, other, scales }: CategoricalState): ColumnWriter {
  const places = new Places(categories, other);
  const pair = categories.length === 2;
  const scaled = pair
    ? [-1, 1].map((value) => scaleFlag(value, scales[0]))
    : scales.map((scale) => scaleFlag(1, scale));
  return {
    resting: scales.map((scale) => scaleFlag(0, scale)),
    write(
      { values, from, to, firstRow }: Cells,
      { features, width, start }: Destination,
      faults: CellFaults,
    ) {
      for (let row = from, at = start; row < to; row++, at += width) {
        const place = places.of(values[row], firstRow + row, faults);
        if (place !== undefined) features[pair ? at : at + place] = scaled[place];
      }
    },
  };
}

/** Finds the places of categories. */
class Places {
  readonly #places: Map<unknown, number>;
  /** The place of all others, if there is one. */
  readonly #other: number | undefined;
  /** Categories that are texts of numbers, by the number. */
  #written: ReadonlyMap<number, number> | undefined;

  constructor(categories: readonly string[], other: boolean) {
    this.#places = new Map(categories.map((category, place) => [category, place]));
    this.#other = other ? categories.length : undefined;
  }

  /** The place of a cell's category; undefined for a missing or unseen one. */
  of(value: unknown, row: number, faults: CellFaults): number | undefined {
    const place = this.#places.get(value);
    if (place !== undefined || value === undefined || value === null) return place;
    return this.#find(value, row, faults);
  }

  /** For a value that is not a category letter by letter. */
  #find(value: unknown, row: number, faults: CellFaults): number | undefined {
    const name = categoryName(value);
    if (name === undefined) {
      if (!isMissing(value)) faults.unreadable(row, value, 'a text, a number or true or false');
      return undefined;
    }
    const place = this.#places.get(name);
    if (place !== undefined) {
      // Next time without making a text of it. Each category is the text of one number at most.
      if (typeof value === 'number') this.#places.set(value, place);
      return place;
    }
    if (typeof value === 'number') {
      this.#written ??= placesOfNumbers(this.#places);
      const written = this.#written.get(value);
      if (written !== undefined) return written;
    }
    if (isMarker(name)) return undefined;
    // Of the rare categories of the training rows nobody knows the names any more.
    if (this.#other === undefined) faults.unseen(row, name);
    return this.#other;
  }
}

/**
 * Texts of numbers in another form than theirs, such as '1.50': a reader of files makes a number of it where the column
 * has nothing else. Not those that are the same number.
 */
function placesOfNumbers(places: ReadonlyMap<unknown, number>): Map<number, number> {
  const written = new Map<number, number>();
  const twice = new Set<number>();
  for (const [category, place] of places) {
    if (typeof category !== 'string') continue;
    const number = parseNumber(category, PLAIN);
    if (number === undefined) continue;
    if (written.has(number)) twice.add(number);
    written.set(number, place);
  }
  for (const number of twice) written.delete(number);
  return written;
}

export function categoryNames(name: string, { categories, other }: CategoricalState): string[] {
  if (categories.length === 2) return [`${name}=${categories[1]}`];
  const names = categories.map((category) => `${name}=${category}`);
  return other ? [...names, `${name} other`] : names;
}
