/** Opens a file of rows: finds its format, and its columns. */

import { ChainruleError } from '../../error.js';
import { checkNames, type Table } from '../table.js';
import { openArrow } from './binary/arrow-file.js';
import { openIdx } from './binary/idx-file.js';
import { type ByteSource, openBytes } from './byte-source.js';
import { openCsv } from './csv/csv-file.js';
import type { FileFormat } from './file-table.js';
import { openJson } from './json/json-file.js';
import type { OpenedFile } from './opened-file.js';
import type { ResolvedReadOptions } from './options.js';
import { openParquet } from './parquet/parquet-file.js';
import { formatOf } from './sniff.js';
import { headOf, openText } from './text-source.js';

/** @throws {@link ChainruleError} ERR_OPTION, ERR_FILE, ERR_DATA */
export async function openFile(path: string, options: ResolvedReadOptions): Promise<OpenedFile> {
  const source = await openBytes(path);
  const { head, isWhole } = await headOf(source.chunks());
  const format = options.format ?? formatOf(path, head);
  checkOptions(options, format);
  const file = await openFormat(source, format, head, isWhole, options);
  checkNames(file.names, path);
  return file;
}

async function openFormat(
  source: ByteSource,
  format: FileFormat,
  head: Buffer,
  isWhole: boolean,
  options: ResolvedReadOptions,
): Promise<OpenedFile> {
  switch (format) {
    case 'parquet':
      return renamed(await openParquet(source), options.names);
    case 'arrow':
      return renamed(
        await openArrow(source, !head.toString('latin1', 0, 6).startsWith('ARROW1')),
        options.names,
      );
    case 'idx':
      return renamed(openIdx(source, head), options.names);
    default: {
      const text = await openText(source, head, isWhole, options.encoding);
      if (format === 'json' || format === 'jsonl') return openJson(text, format);
      return openCsv(text, options, format === 'tsv');
    }
  }
}

/** Options that do nothing for a format are mistakes. */
function checkOptions(options: ResolvedReadOptions, format: FileFormat): void {
  const isCsv = format === 'csv' || format === 'tsv';
  const isJson = format === 'json' || format === 'jsonl';
  const useless = [
    ...(isCsv ? [] : (['delimiter', 'header'] as const)),
    ...(isJson ? (['names'] as const) : []),
    ...(isCsv || isJson ? [] : (['encoding'] as const)),
  ].find((name) => options[name] !== null);
  if (useless === undefined) return;
  throw new ChainruleError(
    'ERR_OPTION',
    `the option ${useless} does nothing for a file of the format ${format}`,
  );
}

/** The same with other names for the columns. */
function renamed(file: OpenedFile, names: readonly string[] | null): OpenedFile {
  if (names === null) return file;
  if (names.length !== file.names.length) {
    const expected = `${file.names.length}, one for each column of ${file.path}`;
    throw new ChainruleError('ERR_OPTION', `names has ${names.length}, expected ${expected}`);
  }
  const rename = (table: Table): Table => ({ ...table, names });
  return {
    ...file,
    names,
    async *batches(batchRows, most) {
      for await (const batch of file.batches(batchRows, most)) yield rename(batch);
    },
    whole: async (most, choices) => {
      const { table, columns } = await file.whole(most, choices);
      return {
        table: rename(table),
        columns: columns.map((column, i) => ({ ...column, info: { ...column.info, name: names[i] } })),
      };
    },
  };
}
