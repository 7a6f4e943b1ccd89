/**
 * Reads tables of Apache Arrow (npm `apache-arrow`) by their methods alone, so that this library does not depend
 * on that one. Dates and time stamps become Dates, decimals become numbers, the rest stays what Arrow gives.
 */

import { ChainruleError } from '../error.js';
import { typedArrayName } from './realms.js';
import type { Table } from './table.js';

interface ArrowType {
  readonly typeId: number;
  /** Of decimals: digits after the point. */
  readonly scale?: number;
  /** Of dictionary-coded columns: the type of the values. */
  readonly dictionary?: ArrowType;
}

interface ArrowVector {
  readonly length: number;
  readonly type: ArrowType;
  get(index: number): unknown;
}

/** The part of an Arrow table that is read. */
export interface ArrowTable {
  readonly numRows: number;
  readonly schema: { readonly fields: readonly { readonly name: string }[] };
  getChildAt(index: number): ArrowVector | null;
}

/** Numbers of types in the Arrow format. */
const TYPE = { dictionary: -1, decimal: 7, date: 8, timestamp: 10 } as const;

export function isArrowTable(value: unknown): value is ArrowTable {
  if (typeof value !== 'object' || value === null) return false;
  const { numRows, schema, getChildAt } = value as Partial<ArrowTable>;
  return typeof numRows === 'number' && Array.isArray(schema?.fields) && typeof getChildAt === 'function';
}

export function tableOfArrow(table: ArrowTable, what: string): Table {
  const names = table.schema.fields.map(({ name }) => String(name));
  const part = (column: number, from: number, to: number) => {
    const vector = table.getChildAt(column);
    if (vector === null) {
      throw new ChainruleError('ERR_DATA', `${what} has no values for its column ${column} (from 0)`);
    }
    const convert = converter(vector.type);
    return Array.from({ length: to - from }, (_, i) => convert(vector.get(from + i)));
  };
  return { rowCount: table.numRows, names, values: (column) => part(column, 0, table.numRows), part };
}

function converter(type: ArrowType): (value: unknown) => unknown {
  switch (type.typeId) {
    case TYPE.dictionary:
      return type.dictionary ? converter(type.dictionary) : (value) => value;
    case TYPE.date:
    case TYPE.timestamp:
      // Arrow gives milliseconds since 1970 whatever the unit of the column.
      return (value) =>
        typeof value === 'number' || typeof value === 'bigint' ? new Date(Number(value)) : value;
    case TYPE.decimal:
      return (value) =>
        typedArrayName(value) === 'Uint32Array' ? decimal(value as Uint32Array, type.scale ?? 0) : value;
    default:
      return (value) => value;
  }
}

/** A decimal as a number: 32-bit words, the least significant first, in two's complement. */
function decimal(words: Uint32Array, scale: number): number {
  let whole = 0n;
  for (let w = words.length - 1; w >= 0; w--) whole = (whole << 32n) | BigInt(words[w]);
  // By the text of its digits, so that 2469 with scale 2 is the double nearest to 24.69.
  return Number(`${BigInt.asIntN(32 * words.length, whole)}e${-scale}`);
}
