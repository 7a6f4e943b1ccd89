/** Reads one row of JSON. */

import { ChainruleError, reasonOf, show } from '../../../error.js';
import type { TextPiece } from '../text-lines.js';

/** Deeper objects stay as they are. */
const MOST_LEVELS = 16;

/**
 * The fields of an object, those of objects inside with the names of both: `size.length`.
 *
 * @throws {@link ChainruleError} ERR_DATA with the line for what is no JSON object, or has a field twice
 */
export function parseRow({ text, line }: TextPiece, path: string): Readonly<Record<string, unknown>> {
  const value = parse(text, line, path);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ChainruleError('ERR_DATA', `line ${line} of ${path} holds ${show(value)}, expected an object`);
  }
  const row = value as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(row)) if (isNested(row[name])) return flat(row, line, path);
  return row;
}

function parse(text: string, line: number, path: string): unknown {
  try {
    return JSON.parse(HAS_LONG_NUMBER.test(text) ? repaired(text) : text);
  } catch (cause) {
    try {
      // Python writes NaN and Infinity.
      if (/NaN|Infinity/.test(text)) return JSON.parse(repaired(text));
    } catch {
      // The first message says more.
    }
    const reason = reasonOf(cause);
    throw new ChainruleError('ERR_DATA', `line ${line} of ${path} is not JSON: ${reason}`, { cause });
  }
}

const HAS_LONG_NUMBER = /(?<![\d.])\d{16}/;
/** A text that is never closed is one, too: to look for its end from every quote in it would take long. */
const TOKENS = /"(?:[^"\\]+|\\[\s\S]?)*"?|-?Infinity|NaN|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/**
 * The same with whole numbers that a double cannot hold as texts, and what JSON does not have as it would write it.
 */
function repaired(text: string): string {
  return text.replace(TOKENS, (token) => {
    if (token === 'NaN') return 'null';
    if (token.endsWith('Infinity')) return token.startsWith('-') ? '-1e999' : '1e999';
    const isLong = /^-?\d{16,}$/.test(token) && !Number.isSafeInteger(Number(token));
    return isLong ? `"${token}"` : token;
  });
}

const isNested = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function flat(row: Readonly<Record<string, unknown>>, line: number, path: string): Record<string, unknown> {
  // Without a prototype every name is a field, __proto__ too.
  const fields: Record<string, unknown> = Object.create(null);
  const add = (object: Readonly<Record<string, unknown>>, prefix: string, level: number) => {
    for (const key of Object.keys(object)) {
      const name = prefix + key;
      const value = object[key];
      if (isNested(value) && level < MOST_LEVELS) {
        add(value, `${name}.`, level + 1);
        continue;
      }
      if (name in fields) {
        throw new ChainruleError('ERR_DATA', `line ${line} of ${path} has ${show(name)} twice`);
      }
      fields[name] = value;
    }
  };
  add(row, '', 1);
  return fields;
}
