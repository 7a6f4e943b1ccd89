/** Parquet (by the package hyparquet) as a file of rows: a row group at a time. */

import { ChainruleError, reasonOf } from '../../../error.js';
import type { Table } from '../../table.js';
import { type RandomAccess, randomAccess } from '../binary/random-access.js';
import { type ColumnBlock, firstRows, plainNumbers, slicesOf } from '../binary/slices.js';
import type { ByteSource } from '../byte-source.js';
import { batchRowsFor, type OpenedFile, wholeOf } from '../opened-file.js';
import { loadPackage } from '../optional-package.js';
import { type CheckedColumn, type Chunk, checkedColumn } from './checked-column.js';
import { type Codecs, loadCodecs } from './codecs.js';
import type { TopColumn } from './column-type.js';
import { damaged, readFooter } from './footer.js';

/** Of a row group; more would not fit into arrays. */
const MOST_ROWS = 2n ** 31n - 1n;

/** Shapes on maps stay bytes: nine of them can be unpacked to an object with a list. */
const asTheyAre = (bytes: Uint8Array | undefined) => bytes;
const PARSERS = { geometryFromBytes: asTheyAre, geographyFromBytes: asTheyAre };

/** What is used of the package. */
interface Hyparquet {
  parquetMetadata(footer: ArrayBuffer): Metadata;
  parquetRead(options: {
    file: CheckedColumn['file'];
    metadata: Metadata;
    columns: string[];
    compressors: CheckedColumn['compressors'];
    parsers: typeof PARSERS;
    onChunk: (chunk: { columnData: ArrayLike<unknown> }) => void;
  }): Promise<void>;
}

interface Metadata {
  schema: SchemaElement[];
  row_groups: RowGroup[];
}

interface RowGroup {
  num_rows: bigint;
  columns: readonly Chunk[];
}

interface SchemaElement {
  name: string;
  num_children?: number;
  logical_type?: { type?: string } | undefined;
}

interface Parquet {
  readonly path: string;
  readonly library: Hyparquet;
  readonly codecs: Codecs;
  readonly metadata: Metadata;
  readonly columns: readonly TopColumn[];
  readonly names: readonly string[];
}

/** @throws {@link ChainruleError} ERR_FILE if it is no Parquet file, or if the package is missing */
export async function openParquet(source: ByteSource): Promise<OpenedFile> {
  const { path } = source;
  const library = await loadPackage<Hyparquet>('hyparquet', path);
  const codecs = await loadCodecs();
  const { metadata, columns } = await withFile(source, async (file) => {
    const footer = await readFooter(file, path);
    return { columns: footer.columns, metadata: library.parquetMetadata(footer.bytes) };
  });
  checkRowCounts(metadata, path);
  const names = columns.map(({ from }) => metadata.schema[from].name);
  const parquet = { path, library, codecs, metadata, columns, names };
  const file = {
    path,
    format: 'parquet' as const,
    names,
    warnings: [],
    batches: (batchRows: number | null, most: number) =>
      batchesOf(source, parquet, batchRows ?? batchRowsFor(names.length), most),
  };
  return { ...file, whole: (most, choices) => wholeOf(file, most, choices) };
}

/** A damaged footer may lack any field, which the package does not look for. */
function checkRowCounts({ row_groups: groups }: Metadata, path: string): void {
  const isCount = (rows: unknown) => typeof rows === 'bigint' && rows >= 0n && rows <= MOST_ROWS;
  if (Array.isArray(groups) && groups.every((group) => isCount(group?.num_rows))) return;
  throw damaged(path, 'Its footer is damaged');
}

async function* batchesOf(
  source: ByteSource,
  parquet: Parquet,
  batchRows: number,
  most: number,
): AsyncGenerator<Table, void, undefined> {
  const file = await randomAccess(source);
  try {
    let before = 0;
    for (const group of parquet.metadata.row_groups) {
      if (before >= most) return;
      const block = firstRows(await readGroup(file, parquet, group), most - before);
      yield* slicesOf(block, parquet.names, batchRows, before);
      before += Number(group.num_rows);
    }
  } finally {
    await file.close();
  }
}

/** Column after column, between which the event loop turns. */
async function readGroup(file: RandomAccess, parquet: Parquet, group: RowGroup): Promise<ColumnBlock> {
  const rowCount = Number(group.num_rows);
  const columns: ArrayLike<unknown>[] = [];
  for (let i = 0; i < parquet.names.length && rowCount > 0; i++) {
    try {
      columns.push(plainNumbers(await readColumn(file, parquet, group, i)));
    } catch (cause) {
      throw cannotRead(parquet.path, cause);
    }
  }
  return { rowCount, columns };
}

async function readColumn(
  file: RandomAccess,
  { path, library, codecs, metadata, columns, names }: Parquet,
  group: RowGroup,
  column: number,
): Promise<ArrayLike<unknown>> {
  const [name, { from, to, leaves, before }] = [names[column], columns[column]];
  const rows = Number(group.num_rows);
  const own = group.columns.slice(before, before + leaves.length);
  if (own.length < leaves.length || own.some(({ meta_data }) => meta_data?.path_in_schema?.[0] !== name)) {
    throw new RangeError(`its row groups have no column ${name}`);
  }
  const what = `column ${name} of ${path}`;
  const { chunks, ...reading } = await checkedColumn(file, own, leaves, { rows, codecs, what });
  const schema = [
    { ...metadata.schema[0], num_children: 1 },
    ...metadata.schema.slice(from, to).map(withoutVariant),
  ];
  const parts: ArrayLike<unknown>[] = [];
  await library.parquetRead({
    ...reading,
    metadata: { ...metadata, schema, row_groups: [{ ...group, columns: chunks }] },
    columns: [name],
    parsers: PARSERS,
    onChunk: ({ columnData }) => parts.push(columnData),
  });
  const cells = joined(parts);
  if (cells.length !== rows)
    throw new RangeError(`column ${name} has ${cells.length} cells for ${rows} rows`);
  if (leaves[0].isFlat && Array.isArray(cells) && cells.includes(undefined)) {
    throw new RangeError(`column ${name} has a cell that its dictionary does not have`);
  }
  return cells;
}

/** VARIANT is not unpacked: a few bytes of it can be any number of objects. */
function withoutVariant(element: SchemaElement): SchemaElement {
  return element.logical_type?.type === 'VARIANT' ? { ...element, logical_type: undefined } : element;
}

/** The pages of a column one after the other. */
function joined(parts: readonly ArrayLike<unknown>[]): ArrayLike<unknown> {
  if (parts.length === 1) return parts[0];
  const all: unknown[] = [];
  for (const part of parts) for (let i = 0; i < part.length; i++) all.push(part[i]);
  return all;
}

async function withFile<T>(source: ByteSource, read: (file: RandomAccess) => Promise<T>): Promise<T> {
  const file = await randomAccess(source);
  try {
    return await read(file);
  } catch (cause) {
    throw cannotRead(source.path, cause);
  } finally {
    await file.close();
  }
}

function cannotRead(path: string, cause: unknown): ChainruleError {
  if (cause instanceof ChainruleError) return cause;
  const message = reasonOf(cause);
  if (!/compression codec/.test(message)) return damaged(path, message, cause);
  const hint = 'ZSTD needs Node 22.15 or later, or: npm install hyparquet-compressors';
  return new ChainruleError('ERR_FILE', `${path} could not be read as Parquet: ${message}; ${hint}`, {
    cause,
  });
}
