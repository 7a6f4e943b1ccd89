/**
 * Checks the tables of a FlatBuffer before other software reads them: what it says of lengths and places must lie within
 * it, or readers loop over millions of parts that are not there.
 */

/** What a field of a table is, as far as it can lead elsewhere; null for numbers. */
export type FieldKind =
  | null
  | 'text'
  | { readonly table: TableKind }
  | { readonly tables: TableKind }
  /** Numbers or structures of so many bytes. */
  | { readonly items: number };

/** Fields by their numbers; a function where the kind of one depends on others. */
export type TableKind = readonly FieldKind[] | ((table: FlatTable) => readonly FieldKind[]);

/** A table in a FlatBuffer. */
export class FlatTable {
  readonly #view: DataView;
  readonly #start: number;
  readonly #fields: number;
  readonly #fieldsLength: number;

  /** @throws RangeError if the table is not within the buffer */
  constructor(view: DataView, start: number) {
    this.#view = view;
    this.#start = start;
    this.#fields = start - view.getInt32(start, true);
    this.#fieldsLength = view.getUint16(this.#fields, true);
  }

  /** Where a field is; undefined if the table has none. */
  place(field: number): number | undefined {
    const at = 4 + 2 * field;
    if (at + 2 > this.#fieldsLength) return undefined;
    const offset = this.#view.getUint16(this.#fields + at, true);
    return offset === 0 ? undefined : this.#start + offset;
  }

  byte(field: number): number {
    const place = this.place(field);
    return place === undefined ? 0 : this.#view.getUint8(place);
  }

  long(field: number): bigint {
    const place = this.place(field);
    return place === undefined ? 0n : this.#view.getBigInt64(place, true);
  }

  /** The table that a field leads to. */
  table(field: number): FlatTable | undefined {
    const place = this.place(field);
    return place === undefined ? undefined : new FlatTable(this.#view, targetOf(this.#view, place));
  }

  /** How many parts a vector has, and where they begin. */
  vector(field: number): { length: number; start: number } {
    const place = this.place(field);
    if (place === undefined) return { length: 0, start: 0 };
    const target = targetOf(this.#view, place);
    return { length: this.#view.getUint32(target, true), start: target + 4 };
  }
}

const targetOf = (view: DataView, place: number) => place + view.getUint32(place, true);

/**
 * The table at the root of a buffer, all of whose parts are within it.
 *
 * @throws RangeError otherwise
 */
export function checkedRoot(view: DataView, kind: TableKind): FlatTable {
  const root = targetOf(view, 0);
  const waiting: { start: number; kind: TableKind }[] = [{ start: root, kind }];
  // Each has a place of four bytes that leads to it, unless parts lead to the same one over and over.
  let left = view.byteLength / 4;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (left-- < 1) throw new RangeError('parts of it are in each other');
    const table = new FlatTable(view, next.start);
    const fields = typeof next.kind === 'function' ? next.kind(table) : next.kind;
    fields.forEach((field, number) => {
      const place = table.place(number);
      if (field === null || place === undefined) return;
      if (typeof field === 'object' && 'table' in field) {
        waiting.push({ start: targetOf(view, place), kind: field.table });
        return;
      }
      const { length, start } = table.vector(number);
      const size = field === 'text' ? 1 : 'items' in field ? field.items : 4;
      if (start + length * size > view.byteLength) {
        throw new RangeError(`a list of ${length} parts is longer than the rest`);
      }
      if (field === 'text' || 'items' in field) return;
      for (let i = 0; i < length; i++) {
        waiting.push({ start: targetOf(view, start + 4 * i), kind: field.tables });
      }
    });
  }
  return new FlatTable(view, root);
}
