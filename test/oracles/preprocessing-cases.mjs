/**
 * Columns that numpy and scikit-learn preprocess: `values` to learn from and `unseen`, further rows to encode; null for
 * missing cells.
 */

import { generator } from './case.mjs';

const numbers = (name, values, unseen = []) => ({ name, type: 'numbers', values, unseen });
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
  numbers('ties at both quartiles', [1, 1, 1, 2, 3, 3, 4, 4, 4]),
  numbers('ties beside the quartiles', [1, 1, 2, 2, 3, 3, 4, 4], [0, 2.5, 9]),
  numbers(
    'few missing cells',
    list(30, (index) => (index % 11 === 3 ? null : bell())),
  ),
  numbers('equal quartiles and missing cells', [...repeat(5, 20), 2, null, 9, null, 7]),
  numbers('a missing cell that no row to learn from had', [1, 2, 3, 5], [null, 4]),
  numbers('one value and missing cells', [4, null, 4, 4, null, 4], [5, null]),
  numbers('a constant', [3, 3, 3], [3, 4, null]),
  numbers('a single row', [2.5], [2.5, 7]),
  // In the last digits of 1.
  numbers(
    'nearly constant',
    list(20, (index) => 1 + (index % 4) * 2 ** -52),
    [1.5, -1],
  ),
  numbers('nearly constant with equal quartiles', [...repeat(1, 30), 1 + 2 ** -52], [1.5]),
  numbers(
    'tiny numbers',
    list(15, (index) => (index - 7) * 2 ** -1000),
    [1],
  ),
  numbers(
    'numbers far beyond those to learn from',
    list(12, bell),
    [1e5, -1e5, 1e18, 1e200, -1e200, 1.5e308],
  ),
  numbers('wild values', [1, 2, 3, 4, 5, 6, 7, 1e30, -1e30]),
  categories('two categories', [...repeat('no', 12), ...repeat('yes', 5)], ['yes', 'perhaps', null]),
  categories('two categories and missing cells', ['b', 'a', null, 'a', 'b', 'b', null], ['a', 'c']),
  categories('three categories', [...repeat('oak', 9), ...repeat('birch', 3), 'maple'], ['ash', 'oak', null]),
  categories('four categories in a quarter of the rows each', [...'abcdabcd'], ['a', 'e']),
  categories('one category and missing cells', ['a', null, 'a', 'a', null], ['a', 'b']),
  categories('a category in every row', ['a', 'a', 'a'], ['a', 'b', null]),
  categories(
    'a hundred categories',
    list(203, (index) => `c${index % 100}`),
    ['c7', 'new', null],
  ),
  categories(
    'a hundred and one categories',
    list(201, (index) => `c${index % 101}`),
    ['c7', 'c100', 'new', null],
  ),
  categories(
    'a hundred and thirty categories',
    list(230, (index) => `c${index < 200 ? index % 100 : index}`),
    ['c5', 'c205', 'new', null],
  ),
];
