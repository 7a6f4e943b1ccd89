/** Parquet files that are made to lead a reader astray: one column, whose header and pages say what a test wants. */

const { field } = (await import(new URL('../../fuzz/thrift.mjs', import.meta.url).href)) as Thrift;
const { joinParquet, splitParquet } = (await import(
  new URL('../../fuzz/parquet-file.mjs', import.meta.url).href
)) as ParquetFile;

interface Field {
  id: number;
  type: number;
  value: unknown;
  /** A length that is not its own. */
  written?: bigint;
}
type Struct = Field[];

interface Page {
  header: Struct;
  levels: Buffer;
  values: Buffer;
  isPacked: boolean;
}

export interface Parts {
  footer: Struct;
  chunks: { data: Struct; pages: Page[] }[];
}

interface Thrift {
  field(struct: Struct, id: number): Field | undefined;
}

interface ParquetFile {
  splitParquet(bytes: Uint8Array): Parts;
  joinParquet(parts: Parts, keepsPlaces?: boolean): Buffer;
}

/** A file after a change to its parts. */
export function changed(bytes: Uint8Array, change: (parts: Parts) => void): Buffer {
  const parts = splitParquet(Buffer.from(bytes));
  change(parts);
  return joinParquet(parts);
}

/** Sets a number somewhere within a structure, by the fields that lead there. */
export function setNumber(struct: Struct, path: readonly number[], value: number | bigint): void {
  const holder = path.slice(0, -1).reduce((own, id) => structAt(own, id), struct);
  fieldOf(holder, path[path.length - 1]).value = BigInt(value);
}

export function fieldOf(struct: Struct, id: number): Field {
  const own = field(struct, id);
  if (own === undefined) throw new Error(`there is no field ${id}`);
  return own;
}

/** The structure in a field; of a list of them, the first. */
export function structAt(struct: Struct, id: number): Struct {
  const value = field(struct, id)?.value as Struct | { items: Struct[] };
  return Array.isArray(value) ? value : value.items[0];
}

/** The structures in a list. */
export function listOf(struct: Struct, id: number): Struct[] {
  return (field(struct, id)?.value as { items: Struct[] } | undefined)?.items ?? [];
}

/** The last data page: its bytes after the levels are replaced. */
export function withValues(bytes: Uint8Array, values: readonly number[], count?: number): Buffer {
  return changed(bytes, ({ footer, chunks }) => {
    const page = chunks[0].pages[chunks[0].pages.length - 1];
    page.values = Buffer.from(values);
    if (count !== undefined) setCount(footer, page, count);
  });
}

/** As if a file had that many rows. */
export function setCount(footer: Struct, { header }: Page, count: number): void {
  setNumber(footer, [4, 3], count);
  const isNewer = field(header, 8) !== undefined;
  setNumber(header, [isNewer ? 8 : 5, 1], count);
  if (isNewer) setNumber(header, [8, 3], count);
}

/** A footer of our own before the end of a file. */
export function withFooter(footer: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer.length);
  return Buffer.concat([Buffer.from('PAR1'), footer, length, Buffer.from('PAR1')]);
}
