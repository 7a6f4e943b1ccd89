/**
 * Categories as features. Two known ones: a single feature, -1 and +1, 0 for a missing or unseen value. More: a
 * feature for each, 0 or 1; of more than 100 only for the 100 most frequent and one for all others, among them
 * unseen values. Missing values are 0 everywhere.
 */

import { parseBoolean } from './boolean-text.js';
import type { CellFaults } from './cell-faults.js';
import { categoryName } from './column-facts.js';
import { isMarker, isMissing, trimmed } from './missing-cells.js';
import type { Destination } from './numeric-column.js';
import { type Scale, scaleFlag, scaleOfCounts } from './robust-scale.js';
import type { TextCounts } from './text-counts.js';

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

/** The part of a column of true and false that is saved. */
export interface BooleanState {
  readonly type: 'boolean';
  readonly scales: readonly Scale[];
}

/** Names of the two values of a boolean column, as categories. */
const BOOLEANS = ['false', 'true'];

/** Learns the features of the categories of `counts`, which leave out missing cells; `rows` counts all. */
export function fitCategories(counts: TextCounts, rows: number): CategoricalState {
  const other = counts.size > MOST_CATEGORIES;
  const categories = (other ? mostFrequent(counts) : [...counts.keys()]).sort();
  const ones = categories.map((category) => counts.get(category) ?? 0);
  if (categories.length === 2) {
    return { type: 'categorical', categories, other, scales: [pairScale(ones[0], ones[1], rows)] };
  }
  if (other) {
    let known = 0;
    for (const count of counts.values()) known += count;
    ones.push(known - ones.reduce((sum, count) => sum + count, 0));
  }
  const scales = ones.map((count) =>
    scaleOfCounts([
      [0, rows - count],
      [1, count],
    ]),
  );
  return { type: 'categorical', categories, other, scales };
}

/** Of those that are equally frequent, the first in the order of their code units. */
function mostFrequent(counts: TextCounts): string[] {
  const sorted = [...counts].sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1));
  return sorted.slice(0, MOST_CATEGORIES).map(([category]) => category);
}

export function fitBooleans(falses: number, trues: number, rows: number): BooleanState {
  return { type: 'boolean', scales: [pairScale(falses, trues, rows)] };
}

function pairScale(first: number, second: number, rows: number): Scale {
  return scaleOfCounts([
    [-1, first],
    [0, rows - first - second],
    [1, second],
  ]);
}

/** 'true' or 'false' for each cell, undefined for missing ones. */
export function readBooleans(values: ArrayLike<unknown>, faults: CellFaults): (string | undefined)[] {
  return Array.from(values, (value, row) => {
    const boolean = readBoolean(value);
    if (boolean === 'unreadable') faults.unreadable(row, value, 'true or false');
    return typeof boolean === 'boolean' ? String(boolean) : undefined;
  });
}

function readBoolean(value: unknown): boolean | undefined | 'unreadable' {
  if (typeof value === 'boolean') return value;
  if (isMissing(value)) return undefined;
  if (value === 0 || value === 0n) return false;
  if (value === 1 || value === 1n) return true;
  if (typeof value !== 'string') return 'unreadable';
  const text = trimmed(value);
  if (isMarker(text)) return undefined;
  if (text === '0' || text === '1') return text === '1';
  return parseBoolean(text) ?? 'unreadable';
}

/** Writes what differs from `restingFeatures`, which the destination must hold already. */
export function writeCategories(
  values: ArrayLike<unknown>,
  state: CategoricalState | BooleanState,
  to: Destination,
  faults: CellFaults,
): void {
  const { categories, other } = state.type === 'boolean' ? { categories: BOOLEANS, other: false } : state;
  const places = new Map<unknown, number>(categories.map((category, place) => [category, place]));
  const pair = categories.length === 2;
  const scaled = pair
    ? [-1, 1].map((value) => scaleFlag(value, state.scales[0]))
    : state.scales.map((scale) => scaleFlag(1, scale));
  const { features, width, start } = to;
  for (let row = 0, at = start; row < values.length; row++, at += width) {
    const value = values[row];
    let place = places.get(value);
    if (place === undefined) {
      if (value === undefined || value === null) continue;
      place = placeOf(value, row, places, other, faults);
      if (place === undefined) continue;
    }
    features[pair ? at : at + place] = scaled[place];
  }
}

/** The place of a value that is not a category letter by letter; undefined for a missing or unseen one. */
function placeOf(
  value: unknown,
  row: number,
  places: ReadonlyMap<unknown, number>,
  other: boolean,
  faults: CellFaults,
): number | undefined {
  const name = categoryName(value);
  if (name === undefined) {
    if (!isMissing(value)) faults.unreadable(row, value, 'a text, a number or true or false');
    return undefined;
  }
  const place = places.get(name);
  if (place !== undefined) return place;
  if (isMarker(name)) return undefined;
  faults.unseen(row, name);
  return other ? places.size : undefined;
}

/** The features of a missing value. */
export function restingFeatures({ scales }: CategoricalState | BooleanState): number[] {
  return scales.map((scale) => scaleFlag(0, scale));
}

export function categoryNames(name: string, state: CategoricalState | BooleanState): string[] {
  if (state.type === 'boolean') return [name];
  const { categories, other } = state;
  if (categories.length === 2) return [`${name}=${categories[1]}`];
  const names = categories.map((category) => `${name}=${category}`);
  return other ? [...names, `${name} other`] : names;
}
