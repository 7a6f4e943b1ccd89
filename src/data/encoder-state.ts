/** Checks what a file says about an encoder of rows, field by field. Unknown fields are ignored. */

import { ChainruleError, show } from '../error.js';
import { MOST_CATEGORIES } from './category-column.js';
import { COLUMN_KINDS, type ColumnInfo } from './column-kind.js';
import { DATE_PARTS, type DateState, partCount } from './date-column.js';
import { DATE_STYLES, type DateFormat } from './date-text.js';
import type { ColumnState, LearntColumn } from './learn-column.js';
import type { NumberFormat } from './number-text.js';
import { LONGEST_NUMBER } from './number-units.js';
import { isBelow, MOST_PIECES } from './pieces.js';
import type { Scale } from './robust-scale.js';

/** What is saved of an encoder, as plain JSON. Names from the data are values in it, never keys. */
export interface EncoderState {
  readonly format: typeof FORMAT;
  readonly unnamed: boolean;
  readonly columns: readonly LearntColumn[];
}

export const FORMAT = 1;

/** A copy of the state with the fields that are known. Throws ERR_FILE. */
export function checkEncoderState(value: unknown): EncoderState {
  const state = record(value, 'the encoder of rows');
  if (state.format !== FORMAT) throw wrong('format', state.format, `${FORMAT}`);
  const columns = list(state.columns, 'columns').map((column, index) => learnt(column, `columns[${index}]`));
  if (new Set(columns.map(({ info }) => info.name)).size < columns.length) {
    throw new ChainruleError('ERR_FILE', 'columns of the encoder of rows has a name twice');
  }
  if (!columns.some(({ state }) => state !== null)) {
    throw new ChainruleError('ERR_FILE', 'columns of the encoder of rows uses no column');
  }
  return { format: FORMAT, unnamed: boolean(state.unnamed, 'unnamed'), columns };
}

function learnt(value: unknown, where: string): LearntColumn {
  const column = record(value, where);
  const info = columnInfo(column.info, `${where}.info`);
  const state = column.state === null ? null : columnState(column.state, `${where}.state`);
  if (info.used !== (state !== null)) throw wrong(`${where}.info.used`, info.used, String(!info.used));
  return { info, state };
}

function columnInfo(value: unknown, where: string): Omit<ColumnInfo, 'features'> {
  const info = record(value, where);
  return {
    name: text(info.name, `${where}.name`),
    kind: among(COLUMN_KINDS, info.kind, `${where}.kind`),
    used: boolean(info.used, `${where}.used`),
    ...(info.unit !== undefined && { unit: text(info.unit, `${where}.unit`) }),
    ...(info.reason !== undefined && { reason: text(info.reason, `${where}.reason`) }),
    asked: boolean(info.asked, `${where}.asked`),
    missing: count(info.missing, `${where}.missing`),
    warnings: list(info.warnings, `${where}.warnings`).map((entry) => text(entry, `${where}.warnings`)),
  };
}

function columnState(value: unknown, where: string): ColumnState {
  const state = record(value, where);
  const type = among(['numeric', 'boolean', 'categorical', 'date'] as const, state.type, `${where}.type`);
  const scales = list(state.scales, `${where}.scales`).map((entry) => scale(entry, `${where}.scales`));
  switch (type) {
    case 'numeric': {
      checkScales(scales, [1, 2], where);
      const format = numberFormat(state.format, `${where}.format`);
      const knots = knotList(state.knots, scales[0], `${where}.knots`);
      return { type, format, scales, knots };
    }
    case 'boolean':
      checkScales(scales, [1], where);
      return { type, scales };
    case 'categorical': {
      const categories = categoryList(state.categories, `${where}.categories`);
      const other = boolean(state.other, `${where}.other`);
      if (other && categories.length < MOST_CATEGORIES) throw wrong(`${where}.other`, other, 'false');
      checkScales(scales, [categories.length === 2 ? 1 : categories.length + Number(other)], where);
      return { type, categories, other, scales };
    }
    case 'date':
      return dateState(state, scales, where);
  }
}

function knotList(value: unknown, scale: Scale, where: string): number[] {
  const knots = list(value, where).map((knot) => {
    if (!isFiniteNumber(knot)) throw wrong(where, knot, 'finite numbers');
    return knot;
  });
  if (knots.length === 1 || knots.length > MOST_PIECES + 1) {
    throw wrong(`${where}.length`, knots.length, `0 or from 2 to ${MOST_PIECES + 1}`);
  }
  const wrongAt = knots.findIndex((knot, i) => i > 0 && !isBelow(knots[i - 1], knot, scale));
  if (wrongAt > 0) throw wrong(`${where}[${wrongAt}]`, knots[wrongAt], `more than ${knots[wrongAt - 1]}`);
  return knots;
}

function numberFormat(value: unknown, where: string): NumberFormat {
  const format = record(value, where);
  const decimal = among(['.', ','] as const, format.decimal, `${where}.decimal`);
  const unit = text(format.unit, `${where}.unit`);
  const groups = boolean(format.groups ?? true, `${where}.groups`);
  const magnitudes = boolean(format.magnitudes ?? false, `${where}.magnitudes`);
  if (unit.length <= LONGEST_NUMBER) return { decimal, unit, groups, magnitudes };
  throw wrong(`${where}.unit.length`, unit.length, `at most ${LONGEST_NUMBER}`);
}

function dateFormat(value: unknown, where: string): DateFormat {
  // Files of the first versions have the style alone, which went with any separator.
  if (typeof value === 'string') return { style: among(DATE_STYLES, value, where), separators: './-' };
  const format = record(value, where);
  const separators = text(format.separators, `${where}.separators`);
  if (!/^[-./]{0,3}$/.test(separators)) throw wrong(`${where}.separators`, separators, "some of './-'");
  return { style: among(DATE_STYLES, format.style, `${where}.style`), separators };
}

function dateState(state: Fields, scales: Scale[], where: string): DateState {
  const { format: written } = state;
  const format = written === 'milliseconds' ? written : dateFormat(written, `${where}.format`);
  const parts = list(state.parts, `${where}.parts`).map((part) => among(DATE_PARTS, part, `${where}.parts`));
  if (parts.length === 0) throw wrong(`${where}.parts.length`, 0, 'at least 1');
  checkScales(scales, [partCount(parts), partCount(parts) + 1], where);
  return { type: 'date', format, parts, scales };
}

function categoryList(value: unknown, where: string): string[] {
  const categories = list(value, where).map((entry) => text(entry, where));
  if (categories.length === 0 || categories.length > MOST_CATEGORIES) {
    throw wrong(`${where}.length`, categories.length, `from 1 to ${MOST_CATEGORIES}`);
  }
  if (new Set(categories).size < categories.length) {
    throw new ChainruleError('ERR_FILE', `${where} of the encoder of rows has a category twice`);
  }
  return categories;
}

function scale(value: unknown, where: string): Scale {
  const { centre, factor } = record(value, where);
  if (!isFiniteNumber(centre)) throw wrong(`${where}.centre`, centre, 'a finite number');
  if (!isFiniteNumber(factor) || factor < 0)
    throw wrong(`${where}.factor`, factor, 'a finite number of at least 0');
  return { centre, factor };
}

const isFiniteNumber = (value: unknown): value is number => Number.isFinite(value);

function checkScales(scales: readonly Scale[], lengths: readonly number[], where: string): void {
  if (!lengths.includes(scales.length))
    throw wrong(`${where}.scales.length`, scales.length, lengths.join(' or '));
}

type Fields = Readonly<Record<string, unknown>>;

function wrong(where: string, value: unknown, expected: string): ChainruleError {
  return new ChainruleError(
    'ERR_FILE',
    `${where} of the encoder of rows is ${show(value)}, expected ${expected}`,
  );
}

function record(value: unknown, where: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw wrong(where, value, 'an object');
  return value as Fields;
}

function list(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value)) throw wrong(where, value, 'an array');
  return value;
}

function text(value: unknown, where: string): string {
  if (typeof value !== 'string') throw wrong(where, value, 'a string');
  return value;
}

function boolean(value: unknown, where: string): boolean {
  if (typeof value !== 'boolean') throw wrong(where, value, 'true or false');
  return value;
}

function count(value: unknown, where: string): number {
  if (!isFiniteNumber(value) || value < 0 || !Number.isInteger(value))
    throw wrong(where, value, 'a whole number');
  return value;
}

function among<T extends string>(names: readonly T[], value: unknown, where: string): T {
  if (!(names as readonly unknown[]).includes(value)) throw wrong(where, value, `one of ${names.join(', ')}`);
  return value as T;
}
