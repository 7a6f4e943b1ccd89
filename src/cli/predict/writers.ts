/** The formats in which predictions are written. */

import { extname } from 'node:path';
import { UsageError } from '../shared/failure.js';
import { toJSON } from '../shared/json.js';
import { CellWriter, cellText } from './cells.js';

export type OutputFormat = 'csv' | 'tsv' | 'jsonl' | 'json';

/** What predictions are of. */
export interface Heading {
  /** Names of the columns of each row. */
  names: readonly string[];
  /** What a JSON document says before them. */
  facts: object;
}

/** Turns rows into text, in pieces. */
export interface RowWriter {
  begin(): string;
  row(cells: readonly unknown[]): string;
  /** @param facts - what a JSON document says after the rows */
  end(facts: object): string;
  /** A cell that spreadsheets would have run as a formula, and that got a ' in front; null for none. */
  readonly guarded: string | null;
}

/** The format by the name of a file; CSV for a name without an ending. Throws UsageError for an unknown one. */
export function formatOf(path: string | undefined): OutputFormat {
  switch (extname(path ?? '').toLowerCase()) {
    case '.tsv':
    case '.tab':
      return 'tsv';
    case '.jsonl':
    case '.ndjson':
      return 'jsonl';
    case '.json':
      return 'json';
    case '.csv':
    case '':
      return 'csv';
    default:
      throw new UsageError(
        `--out is ${path}, expected a name that ends in .csv, .tsv, .tab, .jsonl, .ndjson or .json`,
      );
  }
}

export function createWriter(format: OutputFormat, heading: Heading): RowWriter {
  if (format === 'json') return documentWriter(heading);
  if (format === 'jsonl') return linesWriter(heading);
  const cells = new CellWriter(format === 'tsv' ? '\t' : ',');
  return {
    begin: () => cells.line(heading.names),
    row: (values) => cells.line(values),
    end: () => '',
    get guarded() {
      return cells.guarded;
    },
  };
}

function linesWriter({ names }: Heading): RowWriter {
  return { begin: () => '', row: (cells) => `${record(names, cells)}\n`, end: () => '', guarded: null };
}

/** One document, written piece by piece. */
function documentWriter({ names, facts }: Heading): RowWriter {
  let isFirst = true;
  return {
    begin: () => `${toJSON(facts).slice(0, -1)},"predictions":[`,
    row(cells) {
      const separator = isFirst ? '\n' : ',\n';
      isFirst = false;
      return separator + record(names, cells);
    },
    end: (last) => `${isFirst ? '' : '\n'}],${toJSON(last).slice(1)}\n`,
    guarded: null,
  };
}

/** JSON.stringify of an object would order names that are numbers, and lose `__proto__`. */
function record(names: readonly string[], cells: readonly unknown[]): string {
  const fields = names.map((name, i) => `${JSON.stringify(name)}:${jsonCell(cells[i])}`);
  return `{${fields.join(',')}}`;
}

function jsonCell(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean') return toJSON(value);
  return value === null || value === undefined ? 'null' : JSON.stringify(cellText(value));
}
