/** What a column of Parquet has in its pages: the type of its values, and how often each may be absent or repeated. */

import { listOf, numberOf, type Struct, structOf } from './thrift.js';

/** The numbers of the format's types. */
export const TYPES = {
  boolean: 0,
  int32: 1,
  int64: 2,
  int96: 3,
  float: 4,
  double: 5,
  bytes: 6,
  fixed: 7,
} as const;

/** Bytes of a value, by type. */
export const VALUE_BYTES: Readonly<Record<number, number>> = { 1: 4, 2: 8, 3: 12, 4: 4, 5: 8 };

const CONVERTED = { decimal: 5, json: 19 } as const;
const LOGICAL = { json: 12, uuid: 14 } as const;
const REPETITION = { required: 0, repeated: 2 } as const;

/** A column without parts of its own. */
export interface ColumnType {
  readonly type: number;
  /** Bytes of a value of a fixed length; NaN if nobody says. */
  readonly length: number;
  /** A decimal is made of its bytes one by one, at a cost that grows with the square of their number. */
  readonly isDecimal: boolean;
  readonly isJson: boolean;
  /** How many parts above a value may be absent, itself included. */
  readonly mostDefined: number;
  /** How many parts above a value may be repeated, itself included. */
  readonly mostRepeated: number;
  /** Neither within another column nor repeated: as many values as rows. */
  readonly isFlat: boolean;
}

/** A column of a table: the elements of the schema that it is of, and its columns of values. */
export interface TopColumn {
  /** Places of the first element and of the one after the last. */
  readonly from: number;
  readonly to: number;
  readonly leaves: readonly ColumnType[];
  /** How many columns of values come before. */
  readonly before: number;
}

/** Of parts in each other; each makes a list for each value. */
const MOST_DEPTH = 32;
const MOST_TYPE_BYTES = 2 ** 24;
const UUID_BYTES = 16;
export const MOST_DECIMAL_BYTES = 1024;

/** A part of the schema that is not complete yet. */
interface Open {
  children: number;
  readonly defined: number;
  readonly repeated: number;
}

/**
 * The columns of a table, by the schema of a footer.
 *
 * @throws RangeError if the schema is not whole, or deeper than anybody writes
 */
export function columnTypes(footer: Struct): TopColumn[] {
  const elements = listOf(footer, 2);
  const [root] = elements;
  if (!(root instanceof Map) || childrenOf(root) === 0) throw new RangeError('its schema has no columns');
  const columns: TopColumn[] = [];
  let before = 0;
  for (let from = 1; columns.length < childrenOf(root); ) {
    const { to, leaves } = columnFrom(elements, from, repeats(root) ? 1 : 0);
    columns.push({ from, to, leaves, before });
    before += leaves.length;
    from = to;
  }
  return columns;
}

/** The elements of a schema are in the order of depth first, each with the number of its children. */
function columnFrom(
  elements: readonly unknown[],
  from: number,
  above: number,
): { to: number; leaves: ColumnType[] } {
  const leaves: ColumnType[] = [];
  const open: Open[] = [{ children: 1, defined: 0, repeated: above }];
  let to = from;
  for (let part = open.at(-1); part !== undefined; part = open.at(-1)) {
    if (part.children-- === 0) {
      open.pop();
      continue;
    }
    const element = elements[to++];
    if (!(element instanceof Map)) throw new RangeError('its schema ends too early');
    const repeated = part.repeated + (repeats(element) ? 1 : 0);
    const defined = part.defined + (numberOf(element, 3) === REPETITION.required ? 0 : 1);
    const children = childrenOf(element);
    if (children > 0) open.push({ children, defined, repeated });
    else leaves.push(leafOf(element, defined, repeated, open.length === 1 && !repeats(element)));
    if (open.length > MOST_DEPTH) throw new RangeError(`its columns lie ${open.length} deep in each other`);
  }
  return { to, leaves };
}

const repeats = (element: Struct) => numberOf(element, 3) === REPETITION.repeated;

function childrenOf(element: Struct): number {
  const children = numberOf(element, 5);
  if (children < 0) throw new RangeError(`a part of its schema has ${children} parts`);
  return children > 0 ? children : 0;
}

function leafOf(element: Struct, defined: number, repeated: number, isFlat: boolean): ColumnType {
  const [type, length, converted] = [1, 2, 6].map((field) => numberOf(element, field));
  const isDecimal = converted === CONVERTED.decimal;
  const most = isDecimal ? MOST_DECIMAL_BYTES : MOST_TYPE_BYTES;
  if (type === TYPES.fixed && !(length > 0 && length <= most)) {
    throw new RangeError(`a column has values of ${length} bytes`);
  }
  // The package makes a list of the bytes of a UUID.
  const isUuid = structOf(element, 10)?.get(LOGICAL.uuid) !== undefined;
  if (isUuid && !(type === TYPES.fixed && length === UUID_BYTES)) {
    throw new RangeError(`a column of UUIDs has values that are not of ${UUID_BYTES} bytes`);
  }
  const isJson = converted === CONVERTED.json || structOf(structOf(element, 10), LOGICAL.json) !== undefined;
  return { type, length, isDecimal, isJson, mostDefined: defined, mostRepeated: repeated, isFlat };
}
