/** Makes the table of a whole file: what its columns are, and their cells by kind. */

import { show } from '../../error.js';
import { requireReserve } from '../../numbers/heap-limit.js';
import { finishInTurns, type Steps } from '../../turns.js';
import type { ColumnChoice, DescribedColumn } from '../learn-column.js';
import { describeColumn } from '../learn-column.js';
import { findColumn, type Table, takeRows, whereIs } from '../table.js';
import { typedCells } from '../typed-cells.js';
import type { FileFormat, FileTable } from './file-table.js';

/** What each column is, by the kinds that are asked for and by its cells. In turns. */
export async function describeColumns(
  table: Table,
  choices: ReadonlyMap<string, ColumnChoice>,
): Promise<DescribedColumn[]> {
  const columns: DescribedColumn[] = [];
  const idsAsNumbers = table.unnamed ?? false;
  for (const [index, name] of table.names.entries()) {
    const steps = describeColumn(table, index, choices.get(name), idsAsNumbers);
    columns.push(await finishInTurns(withRoom(steps, `the texts of column ${show(name)}`)));
  }
  return columns;
}

/** Different texts are counted, and kept for that. */
function* withRoom<T>(steps: Steps<T>, what: string): Steps<T> {
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done) return step.value;
    requireReserve(what);
    yield;
  }
}

export function fileTable(
  table: Table,
  columns: readonly DescribedColumn[],
  { path, format, warnings }: { path: string; format: FileFormat; warnings: readonly string[] },
): FileTable {
  const typed: FileTable['typed'] = (name) => {
    const index = findColumn(table, name, path);
    return typedCells(table, index, columns[index]);
  };
  return {
    ...table,
    path,
    format,
    warnings,
    columns: columns.map(({ info }) => info),
    where: (row) => whereIs(table, row),
    typed,
    having: (name) => {
      const cells = typed(name);
      return takeRows(
        table,
        Uint32Array.from(cells.keys()).filter((row) => cells[row] !== null),
      );
    },
  };
}
