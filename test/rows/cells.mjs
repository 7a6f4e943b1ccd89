/** Compares cells with the values that they should have. */

/** Cells of single precision have about so many digits. */
const SINGLE = 1e-6;
const DOUBLE = 1e-9;
const TRUE = new Set(['true', 'yes', 'y', 't', 'on', '1']);
const FALSE = new Set(['false', 'no', 'n', 'f', 'off', '0']);

/** A date with or without a time; without a zone it is in UTC. */
const DATE = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/;

/**
 * @param value - the expected one
 * @param raw - the cell as the reader gives it
 * @param typed - the cell by the kind of its column
 */
export function isCell(value, raw, typed) {
  if (value === null) return typed === null;
  if (typed === null) return false;
  if (typeof value === 'number') return isNumber(value, typed);
  if (typeof value === 'boolean') return isBoolean(value, typed);
  if (typed instanceof Date && DATE.test(value)) return typed.getTime() === instantOf(value);
  // A text is compared letter by letter, also in a column of yes and no.
  return String(raw).trim() === value.trim();
}

function isNumber(value, cell) {
  const number = typeof cell === 'number' || typeof cell === 'bigint' ? Number(cell) : Number.NaN;
  const tolerance = Math.fround(number) === number ? SINGLE : DOUBLE;
  return (
    Math.abs(number - value) <= tolerance * Math.max(Math.abs(value), Number.MIN_VALUE) || number === value
  );
}

function isBoolean(value, cell) {
  return (value ? TRUE : FALSE).has(String(cell).trim().toLowerCase());
}

function instantOf(text) {
  return Date.parse(/T/.test(text) && !/(Z|[+-]\d\d:\d\d)$/.test(text) ? `${text}Z` : text);
}

/** Number of different values, texts and bigints by all their characters. */
export function distinctValues(cells) {
  const known = cells.filter((cell) => cell !== null);
  return new Set(known.map((cell) => (cell instanceof Date ? cell.toISOString() : `${cell}`))).size;
}
