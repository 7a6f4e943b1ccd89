/**
 * Columns that numpy and scikit-learn preprocess. Numbers: `values`, null for missing cells. Categories: `values` to
 * learn from and `unseen`, further rows to encode, of which null is a missing cell.
 */

import { generator } from './case.mjs';

const numbers = (name, values) => ({ name, type: 'numbers', values });
const categories = (name, values, unseen) => ({ name, type: 'categories', values, unseen });

const random = generator('preprocessing');
/** Near 0, mostly within 1; made without functions that machines round differently. */
const bell = () => random() + random() + random() + random() - 2;
const list = (length, value) => Array.from({ length }, (_, index) => value(index));
const repeat = (text, count) => list(count, () => text);

/** Of every length from 2 to 9, because quartiles lie between other rows for each remainder of 4. */
const short = list(8, (index) => numbers(`${index + 2} rows`, list(index + 2, bell)));

export const preprocessingCases = [
  ...short,
  numbers(
    'skewed',
    list(41, () => (bell() + 2) ** 4),
  ),
  numbers(
    'far from 0',
    list(30, () => 1e9 + bell()),
  ),
  numbers(
    'with missing cells',
    list(37, (index) => (index % 3 === 0 ? null : 10 * bell())),
  ),
  numbers(
    'whole numbers that repeat',
    list(50, () => Math.floor(4 * random())),
  ),
  numbers('equal quartiles', [...repeat(5, 20), 2, 9, 7]),
  numbers('equal quartiles at an end', [...repeat(0, 9), 1]),
  numbers('wild values', [1, 2, 3, 4, 5, 6, 7, 1e30, -1e30]),
  categories('two categories', [...repeat('no', 12), ...repeat('yes', 5)], ['yes', 'perhaps', null]),
  categories('two categories and missing cells', ['b', 'a', null, 'a', 'b', 'b', null], ['a', 'c']),
  categories('three categories', [...repeat('oak', 9), ...repeat('birch', 3), 'maple'], ['ash', 'oak', null]),
  categories(
    'a hundred and thirty categories',
    list(230, (index) => `c${index < 200 ? index % 100 : index}`),
    ['c5', 'c205', 'new', null],
  ),
];
