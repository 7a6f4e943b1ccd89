/**
 * Dates as features: the time as a number, and the parts that come round (time of the year, day of the week, time
 * of day) as a sine and a cosine each, so that December lies beside January. Only what varies in the training
 * rows becomes a feature. All parts are those in UTC.
 */

import { newDoubles } from '../numbers/allocate.js';
import type { Steps } from '../turns.js';
import type { CellFaults } from './cell-faults.js';
import { MILLISECONDS_PER_DAY as DAY, startOfYear, yearOf } from './civil-days.js';
import { type Cells, type ColumnWriter, type Destination, readInSteps } from './column-writer.js';
import { type DateFormat, type DateStyle, ISO_DATES, parseDate } from './date-text.js';
import { indicatorScale, indicatorValues } from './flags.js';
import { isMarkerAmongNumbers, trimmed } from './missing-cells.js';
import { isDate } from './realms.js';
import { type Scale, scaleOf, smoothClip } from './robust-scale.js';
import type { Written } from './table.js';

/** `time` in days since 1970; the others are angles. */
export const DATE_PARTS = ['time', 'year', 'week', 'day'] as const;
export type DatePart = (typeof DATE_PARTS)[number];

/** How the cells are written; 'milliseconds' since 1970 only if a column of numbers is asked to be dates. */
export type DateCells = DateFormat | 'milliseconds';

/** The part of a date column that is saved. */
export interface DateState {
  readonly type: 'date';
  readonly format: DateCells;
  readonly parts: readonly DatePart[];
  /** Of the time, of the sine and cosine of each other part, then of the indicator if there is one. */
  readonly scales: readonly Scale[];
}

const LARGEST_TIME = 8.64e15;

const DATES = 'the dates of a column';

/** The cells of a column in milliseconds since 1970, NaN for missing ones. */
export function* readTimes(
  values: ArrayLike<unknown>,
  format: DateCells,
  faults: CellFaults,
): Steps<Float64Array> {
  const times = newDoubles(values.length, DATES);
  yield* readInSteps(values, ({ from, to }) => {
    for (let row = from; row < to; row++) times[row] = readTime(values[row], row, format, faults);
  });
  return times;
}

function readTime(value: unknown, row: number, format: DateCells, faults: CellFaults): number {
  return isDate(value) ? value.getTime() : readOther(value, row, format, faults);
}

function readOther(value: unknown, row: number, format: DateCells, faults: CellFaults): number {
  if (value === null || value === undefined || Number.isNaN(value)) return Number.NaN;
  if (format === 'milliseconds' && (typeof value === 'number' || typeof value === 'bigint')) {
    const time = Number(value);
    if (Math.abs(time) <= LARGEST_TIME) return time;
  }
  if (typeof value === 'string') {
    const text = trimmed(value);
    if (text === '') return Number.NaN;
    const time = parseDate(text, format === 'milliseconds' ? ISO_DATES : format);
    if (time !== undefined) return time;
    if (isMarkerAmongNumbers(text)) return Number.NaN;
  }
  faults.unreadable(row, value, dateWords(format));
  return Number.NaN;
}

function dateWords(format: DateCells): string {
  if (format === 'milliseconds') return 'a Date or milliseconds since 1970';
  const example = EXAMPLES[format.style].replaceAll('.', format.separators[0] ?? '.');
  return `a Date or a date as '2026-01-31T08:45:00Z' or '${example}'`;
}

const EXAMPLES: Record<DateStyle, string> = {
  iso: '2026-01-31',
  dayMonthYear: '31.1.2026',
  monthDayYear: '1.31.2026',
  words: '31 Jan 2026',
};

/** Learns the features of a column of `rows` cells from its known times, in milliseconds. */
export function* fitTimes(known: Float64Array, rows: number, format: DateCells): Steps<DateState> {
  const varying: DatePart[] = [];
  for (const part of DATE_PARTS) {
    if (varies(known, VARIES_BY[part])) varying.push(part);
    yield;
  }
  // A column asked to be of dates may hold only one instant.
  const parts = varying.length === 0 ? (['time'] as const) : varying;
  const scales: Scale[] = [];
  for (const part of parts) {
    const own = Array.from({ length: partCount([part]) }, () => newDoubles(known.length, DATES));
    yield* readInSteps(known, ({ from, to }) => {
      partFeatures(known.subarray(from, to), part).forEach((values, i) => {
        own[i].set(values, from);
      });
    });
    for (const values of own) {
      scales.push(scaleOf(values));
      yield;
    }
  }
  scales.push(...indicatorScale(rows - known.length, rows));
  return { type: 'date', format, parts, scales };
}

/** What of a time must differ between two rows for a part to be a feature. */
const VARIES_BY: Record<DatePart, (time: number) => number> = {
  time: (time) => time,
  year: (time) => new Date(time).getUTCMonth(),
  week: weekday,
  day: (time) => time - DAY * Math.floor(time / DAY),
};

function varies(times: Float64Array, of: (time: number) => number): boolean {
  if (times.length === 0) return false;
  const first = of(times[0]);
  return times.some((time) => of(time) !== first);
}

/** Days since a Thursday. */
function weekday(time: number): number {
  const days = Math.floor(time / DAY);
  return days - 7 * Math.floor(days / 7);
}

/** The share of a cycle that has gone by, from 0 to below 1. */
const PHASE: Record<Exclude<DatePart, 'time'>, (time: number) => number> = {
  year: (time) => {
    const year = yearOf(Math.floor(time / DAY));
    const start = DAY * startOfYear(year);
    return (time - start) / (DAY * startOfYear(year + 1) - start);
  },
  week: (time) => weekday(time) / 7,
  day: (time) => time / DAY - Math.floor(time / DAY),
};

/** The features of a part before scaling; NaN for missing times. */
function partFeatures(times: Float64Array, part: DatePart): Float64Array[] {
  const first = newDoubles(times.length, DATES);
  if (part === 'time') {
    for (let row = 0; row < times.length; row++) first[row] = times[row] / DAY;
    return [first];
  }
  const phase = PHASE[part];
  const second = newDoubles(times.length, DATES);
  for (let row = 0; row < times.length; row++) {
    const angle = 2 * Math.PI * phase(times[row]);
    first[row] = Math.sin(angle);
    second[row] = Math.cos(angle);
  }
  return [first, second];
}

/** Writes the scaled features of a time, zeros for a missing one, and the indicator. */
export function dateWriter({ format, parts, scales }: DateState): ColumnWriter {
  const count = partCount(parts);
  const indicator = count < scales.length ? indicatorValues(scales[count]) : undefined;
  return {
    resting: [...new Array<number>(count).fill(0), ...(indicator ? [indicator.missing] : [])],
    write(
      { values, from, to, firstRow, written }: Cells,
      { features, width, start }: Destination,
      faults: CellFaults,
    ) {
      const own = writtenFormat(format, written);
      const isForeign = isOther(own, format);
      const times = new Float64Array(to - from);
      for (let row = from; row < to; row++) {
        const value = values[row];
        times[row - from] = readTime(value, firstRow + row, own, faults);
        if (isForeign && typeof value === 'string' && !Number.isNaN(times[row - from]))
          faults.foreign(firstRow + row, value, dateWords(own));
      }
      parts
        .flatMap((part) => partFeatures(times, part))
        .forEach((part, feature) => {
          for (let i = 0, at = start + feature; i < part.length; i++, at += width) {
            if (!Number.isNaN(part[i])) features[at] = smoothClip(part[i], scales[feature]);
          }
        });
      if (indicator === undefined) return;
      for (let i = 0, at = start + count; i < times.length; i++, at += width) {
        if (!Number.isNaN(times[i])) features[at] = indicator.known;
      }
    },
  };
}

/** The format of the training rows, in the way of a file that tells its own. */
function writtenFormat(format: DateCells, written: Written | undefined): DateCells {
  const style = written?.dates;
  return style === undefined || format === 'milliseconds' ? format : { style, separators: './-' };
}

/** Whether day and month come in another order than in the training rows. */
function isOther(one: DateCells, other: DateCells): boolean {
  return typeof one === 'object' && typeof other === 'object' && one.style !== other.style;
}

/** Number of features of the parts of a date, without an indicator. */
export function partCount(parts: readonly DatePart[]): number {
  return parts.reduce((sum, part) => sum + (part === 'time' ? 1 : 2), 0);
}

export function dateNames(name: string, { parts, scales }: DateState): string[] {
  const names = parts.flatMap((part) =>
    part === 'time' ? [`${name} time`] : [`${name} ${part} sin`, `${name} ${part} cos`],
  );
  return names.length < scales.length ? [...names, `${name} missing`] : names;
}
