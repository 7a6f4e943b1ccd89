/** Checks of what an estimator's file says as JSON. */

import { type Check, unexpected } from '../options/checks.js';

export const list: Check<unknown[]> = (value, name) => {
  if (!Array.isArray(value)) throw unexpected(name, value, 'an array');
  return value;
};

export const text: Check<string> = (value, name) => {
  if (typeof value !== 'string') throw unexpected(name, value, 'a text');
  return value;
};

export const texts: Check<string[]> = (value, name) =>
  list(value, name).map((each, i) => text(each, `${name}[${i}]`));
