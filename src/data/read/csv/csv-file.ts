/** CSV and TSV as a file of rows. */

import { finishInTurns } from '../../../turns.js';
import { type ColumnChoice, type DescribedColumn, isNumberFormat } from '../../learn-column.js';
import type { Table } from '../../table.js';
import { describeColumns } from '../describe.js';
import type { OpenedFile, WholeTable } from '../opened-file.js';
import type { ResolvedReadOptions } from '../options.js';
import { countLines } from '../text-lines.js';
import { headOf, type TextSource } from '../text-source.js';
import { csvBatches, readCsv } from './csv-table.js';
import { type Layout, layoutOf } from './layout.js';

const TAB = '\t'.charCodeAt(0);

/** Lines by which a layout is found, and the most bytes that are read for them. */
const FEWEST_LINES = 50;
const MOST_HEAD_BYTES = 2 ** 25;

/** @throws {@link ChainruleError} ERR_DATA, ERR_OPTION as `layoutOf` */
export async function openCsv(
  text: TextSource,
  options: ResolvedReadOptions,
  preferTab: boolean,
): Promise<OpenedFile> {
  const layout = await finishInTurns(layoutOf(await withEnoughLines(text), options, preferTab));
  const names = layout.columns.map(({ name }) => name);
  const warnings = [...layout.warnings];
  // A file may be read several times.
  const warn = (warning: string) => {
    if (!warnings.includes(warning)) warnings.push(warning);
  };
  return {
    path: text.path,
    format: layout.separators.delimiter === TAB ? 'tsv' : 'csv',
    names,
    warnings,
    batches: (batchRows, most) => csvBatches(text, layout, batchRows, most, warn),
    whole: (most, choices) => readWhole(text, layout, most, choices, warn),
  };
}

/** The same with a longer head, if lines are long. */
async function withEnoughLines(text: TextSource): Promise<TextSource> {
  let { head, isWhole } = text;
  while (!isWhole && countLines(head) < FEWEST_LINES && head.length < MOST_HEAD_BYTES) {
    ({ head, isWhole } = await headOf(text.chunks(), 4 * head.length));
  }
  return { ...text, head, isWhole };
}

async function readWhole(
  text: TextSource,
  layout: Layout,
  most: number,
  choices: ReadonlyMap<string, ColumnChoice>,
  warn: (warning: string) => void,
): Promise<WholeTable> {
  const table = await readCsv(text, layout, new Set(), most, warn);
  const columns = await describeColumns(table, choices);
  const texts = mistakenForNumbers(table, columns, choices);
  if (texts.size === 0) return { table, columns };
  // Once more, since what was read as a number may be written in other ways: '1.50', '1e5'.
  const again = await readCsv(text, layout, texts, most, warn);
  return { table: again, columns: await describeColumns(again, choices) };
}

/** Columns that were read as numbers and turn out to be something else further down. */
function mistakenForNumbers(
  table: Table,
  columns: readonly DescribedColumn[],
  choices: ReadonlyMap<string, ColumnChoice>,
): Set<string> {
  const mistaken = new Set<string>();
  columns.forEach(({ info, format }, index) => {
    const values = table.values(index);
    if (values instanceof Float64Array || choices.get(info.name) === 'numeric') return;
    const isPlain = info.kind === 'numeric' && isNumberFormat(format) && format.decimal === '.';
    if (!isPlain && hasNumbers(values)) mistaken.add(info.name);
  });
  return mistaken;
}

function hasNumbers(values: ArrayLike<unknown>): boolean {
  for (let row = 0; row < values.length; row++) {
    if (typeof values[row] === 'number' && !Number.isNaN(values[row])) return true;
  }
  return false;
}
