/** What a module says of the rows that it takes and the labels that it gives: for people, and for TypeScript. */

import type { Label } from '../data/label-encoder.js';
import type { LearntColumn } from '../data/learn-column.js';
import type { RowEncoder } from '../data/row-encoder.js';
import { literal, literalType, type ModuleExport } from '../formats/module-text.js';

/** Of more columns or labels a type is longer than it is of use. */
const MOST_IN_TYPE = 100;

/** The types Row, Rows and PredictOptions. */
export function rowTypes(encoder: RowEncoder): string[] {
  const { columns } = encoder.toJSON();
  const used = columns.filter(({ state }) => state !== null);
  const row =
    encoder.unnamed || used.length > MOST_IN_TYPE
      ? 'Record<string, unknown>'
      : `{ ${used.map((column) => `${literalType(column.info.name)}?: ${cellType(column)} | null`).join(', ')} }`;
  return [
    `{${row}} Row`,
    '{readonly Row[] | readonly ArrayLike<unknown>[] | ArrayBufferView} Rows',
    '{{ onWarning?: (message: string) => void }} PredictOptions',
  ];
}

function cellType({ state }: LearntColumn): string {
  switch (state?.type) {
    case 'numeric':
      return 'number | bigint | string';
    case 'boolean':
      return 'boolean | number | string';
    case 'date':
      return state.format === 'milliseconds' ? 'Date | number | bigint' : 'Date | string';
    case 'categorical':
      return 'string | number | bigint | boolean | Date';
    default:
      return 'unknown';
  }
}

/** The type Label. */
export function labelType(classes: readonly Label[]): string {
  const types =
    classes.length > MOST_IN_TYPE
      ? [typeof classes[0]]
      : classes.map((label) => (typeof label === 'string' ? literalType(label) : labelLiteral(label)));
  return `{${types.join(' | ')}} Label`;
}

export function labelLiteral(label: Label): string {
  return typeof label === 'bigint' ? `${label}n` : literal(label);
}

/** The columns that a prediction uses, with the categories of those that have some. */
export function columnsExport(encoder: RowEncoder): ModuleExport {
  const used = encoder.toJSON().columns.flatMap(({ info: { name, kind }, state }) => {
    if (state === null) return [];
    return state.type === 'categorical' ? { name, kind, categories: state.categories } : { name, kind };
  });
  return {
    documentation: [
      'The columns that a prediction uses. Others may be there; a cell may be missing.',
      '',
      '@type {readonly { name: string, kind: string, categories?: readonly string[] }[]}',
    ],
    declaration: `const columns = [\n${used.map((column) => `  ${literal(column)},\n`).join('')}];`,
  };
}
