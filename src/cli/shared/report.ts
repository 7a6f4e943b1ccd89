/** Writes reports. */

import { basename } from 'node:path';
import process from 'node:process';
import { writeFileAtomically } from '../../formats/atomic-write.js';
import type { MLPClassifier, MLPRegressor, ReportOptions, Table } from '../../index.js';
import { library } from './library.js';
import { quoted } from './messages.js';

/** What a report is about. */
export interface Reported {
  model: MLPClassifier | MLPRegressor;
  /** The file of rows. */
  file: string;
  table: Table;
  labels: ArrayLike<unknown> | string;
}

/** Writes a report of a model and rows, whole or not at all. */
export async function writeReport(
  path: string,
  { model, file, table, labels }: Reported,
  options: ReportOptions,
): Promise<void> {
  const { makeReport } = await library();
  const html = await makeReport(model, table, labels, {
    dataName: basename(file),
    command: commandLine(),
    ...options,
  });
  await writeFileAtomically(path, [new TextEncoder().encode(html)]);
}

/** The command as a person would type it. */
export function commandLine(args: readonly string[] = process.argv.slice(2)): string {
  return ['npx chainrule', ...args.map(quoted)].join(' ');
}
