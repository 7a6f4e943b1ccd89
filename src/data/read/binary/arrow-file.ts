/** Arrow IPC files and streams (by the package apache-arrow) as files of rows: a record batch at a time. */

import { ChainruleError, reasonOf } from '../../../error.js';
import { Turns } from '../../../turns.js';
import { type ArrowTable, tableOfArrow } from '../../arrow-table.js';
import type { Table } from '../../table.js';
import { type ByteSource, openHandle } from '../byte-source.js';
import { batchRowsFor, type OpenedFile, wholeOf } from '../opened-file.js';
import { loadPackage } from '../optional-package.js';
import { checkArrowFile, checkedArrowStream } from './arrow-check.js';
import { type ArrowCodecs, addCodecs, codecHint } from './arrow-codecs.js';
import { allBytes, randomAccess } from './random-access.js';
import { firstRows, plainNumbers, slicesOf } from './slices.js';

/** What is used of the package. */
interface Arrow extends ArrowCodecs {
  RecordBatchReader: { from(input: unknown): Reader | Promise<Reader> };
}

interface Reader {
  open(): Promise<Reader> | Reader;
  readonly schema: ArrowTable['schema'];
  [Symbol.asyncIterator](): AsyncIterableIterator<ArrowTable>;
  /** Of files. */
  readonly numRecordBatches?: number;
  readRecordBatch?(index: number): Promise<ArrowTable | null> | ArrowTable | null;
  cancel(): unknown;
}

/** @throws {@link ChainruleError} ERR_FILE if it is no Arrow file, or if the package is missing */
export async function openArrow(source: ByteSource, isStream: boolean): Promise<OpenedFile> {
  const { path } = source;
  const arrow = await loadPackage<Arrow>('apache-arrow', path);
  await addCodecs(arrow);
  if (!isStream) await checkFile(source);
  const names = await withReader(arrow, source, isStream, ({ schema }) =>
    schema.fields.map(({ name }) => String(name)),
  );
  const file = {
    path,
    format: 'arrow' as const,
    names,
    warnings: [],
    batches: (batchRows: number | null, most: number) =>
      batchesOf(arrow, source, isStream, names, batchRows ?? batchRowsFor(names.length), most),
  };
  return { ...file, whole: (most, choices) => wholeOf(file, most, choices) };
}

async function checkFile(source: ByteSource): Promise<void> {
  const file = await randomAccess(source);
  try {
    await checkArrowFile(file, source.path);
  } finally {
    await file.close();
  }
}

async function* batchesOf(
  arrow: Arrow,
  source: ByteSource,
  isStream: boolean,
  names: readonly string[],
  batchRows: number,
  most: number,
): AsyncGenerator<Table, void, undefined> {
  const { reader, close } = await openReader(arrow, source, isStream);
  try {
    let before = 0;
    const turns = new Turns();
    for await (const batch of recordBatches(reader, isStream)) {
      if (before >= most) return;
      const table = tableOfArrow(batch, source.path);
      const columns: ArrayLike<unknown>[] = [];
      for (const column of names.keys()) {
        if (turns.isDue()) await turns.next();
        columns.push(plainNumbers(table.values(column)));
      }
      const block = firstRows({ rowCount: batch.numRows, columns }, most - before);
      yield* slicesOf(block, names, batchRows, before);
      before += batch.numRows;
    }
  } catch (cause) {
    throw cannotRead(arrow, source.path, cause);
  } finally {
    await close();
  }
}

/** Those of a file by their places: at a damaged one, the iteration of the library would stay for ever. */
async function* recordBatches(
  reader: Reader,
  isStream: boolean,
): AsyncGenerator<ArrowTable, void, undefined> {
  if (isStream) {
    yield* reader;
    return;
  }
  for (let index = 0; index < (reader.numRecordBatches ?? 0); index++) {
    const batch = await reader.readRecordBatch?.(index);
    if (!batch) throw new Error(`its record batch ${index} (from 0) is damaged`);
    yield batch;
  }
}

async function withReader<T>(
  arrow: Arrow,
  source: ByteSource,
  isStream: boolean,
  read: (reader: Reader) => T,
): Promise<T> {
  const { reader, close } = await openReader(arrow, source, isStream);
  try {
    return read(reader);
  } catch (cause) {
    throw cannotRead(arrow, source.path, cause);
  } finally {
    await close();
  }
}

/** Files are read part by part, which needs the file itself; streams from their start. */
async function openReader(
  arrow: Arrow,
  source: ByteSource,
  isStream: boolean,
): Promise<{ reader: Reader; close: () => Promise<void> }> {
  const isPlain = !source.gzip && source.size !== undefined;
  const handle = isPlain && !isStream ? await openHandle(source.path) : null;
  const stream = isStream ? checkedArrowStream(copiesOf(source), source.path) : null;
  const release = async () => {
    await stream?.return();
    // The library may have closed it.
    await handle?.close().catch(() => {});
  };
  try {
    const reader = await arrow.RecordBatchReader.from(handle ?? stream ?? (await allBytes(source)));
    await reader.open();
    const close = async () => {
      await reader.cancel();
      await release();
    };
    return { reader, close };
  } catch (cause) {
    await release();
    throw cannotRead(arrow, source.path, cause);
  }
}

/** The library keeps chunks beyond the next one. */
async function* copiesOf(source: ByteSource): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of source.chunks()) yield Buffer.from(chunk);
}

function cannotRead(arrow: Arrow, path: string, cause: unknown): ChainruleError {
  if (cause instanceof ChainruleError) return cause;
  const message = reasonOf(cause);
  const hint = codecHint(arrow, message) || ', is it whole?';
  return new ChainruleError('ERR_FILE', `${path} could not be read as Arrow: ${message}${hint}`, { cause });
}
