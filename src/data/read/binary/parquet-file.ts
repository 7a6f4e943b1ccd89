/** Parquet (by the package hyparquet) as a file of rows: a row group at a time. */

import { ChainruleError, reasonOf } from '../../../error.js';
import type { Table } from '../../table.js';
import type { ByteSource } from '../byte-source.js';
import { batchRowsFor, type OpenedFile, wholeOf } from '../opened-file.js';
import { loadPackage, loadPackageIfThere } from '../optional-package.js';
import { type RandomAccess, randomAccess } from './random-access.js';
import { type ColumnBlock, firstRows, plainNumbers, slicesOf } from './slices.js';

/** Of a row group; more would not fit into arrays. */
const MOST_ROWS = 2n ** 31n - 1n;

/** What is used of the package. */
interface Hyparquet {
  parquetMetadataAsync(file: RandomAccess): Promise<Metadata>;
  parquetSchema(metadata: Metadata): { children: { element: { name: string } }[] };
  parquetRead(options: {
    file: RandomAccess;
    metadata: Metadata;
    columns: string[];
    rowStart: number;
    rowEnd: number;
    compressors: unknown;
    onChunk: (chunk: { columnData: ArrayLike<unknown> }) => void;
  }): Promise<void>;
}

interface Metadata {
  row_groups: { num_rows: bigint }[];
}

interface Parquet {
  readonly path: string;
  readonly library: Hyparquet;
  readonly compressors: unknown;
  readonly metadata: Metadata;
  readonly names: readonly string[];
}

/** @throws {@link ChainruleError} ERR_FILE if it is no Parquet file, or if the package is missing */
export async function openParquet(source: ByteSource): Promise<OpenedFile> {
  const { path } = source;
  const library = await loadPackage<Hyparquet>('hyparquet', path);
  const more = await loadPackageIfThere<{ compressors: unknown }>('hyparquet-compressors');
  const metadata = await withFile(source, (file) => library.parquetMetadataAsync(file));
  checkRowCounts(metadata, path);
  const names = namesOf(library, metadata, path);
  const parquet = { path, library, compressors: more?.compressors, metadata, names };
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

function namesOf(library: Hyparquet, metadata: Metadata, path: string): string[] {
  try {
    return library.parquetSchema(metadata).children.map(({ element }) => element.name);
  } catch (cause) {
    throw cannotRead(path, cause);
  }
}

/** A damaged footer may lack any field, which the package does not look for. */
function checkRowCounts({ row_groups: groups }: Metadata, path: string): void {
  const isCount = (rows: unknown) => typeof rows === 'bigint' && rows >= 0n && rows <= MOST_ROWS;
  if (Array.isArray(groups) && groups.every((group) => isCount(group?.num_rows))) return;
  throw new ChainruleError(
    'ERR_FILE',
    `${path} could not be read as Parquet, is it whole? Its footer is damaged`,
  );
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
      const rowCount = Number(group.num_rows);
      const block = firstRows(await readGroup(file, parquet, before, rowCount), most - before);
      yield* slicesOf(block, parquet.names, batchRows, before);
      before += rowCount;
    }
  } finally {
    await file.close();
  }
}

/** Column after column, between which the event loop turns. */
async function readGroup(
  file: RandomAccess,
  { path, library, compressors, metadata, names }: Parquet,
  rowStart: number,
  rowCount: number,
): Promise<ColumnBlock> {
  const columns: ArrayLike<unknown>[] = [];
  for (const name of names) {
    const parts: ArrayLike<unknown>[] = [];
    const range = { rowStart, rowEnd: rowStart + rowCount };
    const onChunk = ({ columnData }: { columnData: ArrayLike<unknown> }) => parts.push(columnData);
    try {
      await library.parquetRead({ file, metadata, columns: [name], ...range, compressors, onChunk });
    } catch (cause) {
      throw cannotRead(path, cause);
    }
    columns.push(plainNumbers(joined(parts)));
  }
  return { rowCount, columns };
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
  const hint = /compression codec/.test(message)
    ? '; more are known after npm install hyparquet-compressors'
    : '';
  return new ChainruleError(
    'ERR_FILE',
    `${path} could not be read as Parquet${hint === '' ? ', is it whole?' : ':'} ${message}${hint}`,
    { cause },
  );
}
