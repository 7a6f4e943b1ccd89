/** Ticks of axes of values: as many as have room for their labels, which are short and all different. */

import { MARGIN_BOTTOM, WIDTH } from './chart.js';
import { MINUS, superscript } from './format.js';
import { widthOf } from './labels.js';

/** What an axis is of: any numbers, numbers without a fraction (epochs, rows), or shares, shown as percentages. */
export type AxisKind = 'number' | 'whole' | 'share';

export interface AxisRequest {
  from: number;
  to: number;
  /** Pixels between the ends of the axis. */
  pixels: number;
  /** Whether labels stand above each other, not beside each other. */
  isUpright?: boolean;
  kind?: AxisKind;
  isLog?: boolean;
  /** Whether the axis goes on to the next ticks. */
  isNice?: boolean;
}

/** For the options of a scale, and the width of its widest label in pixels. */
export interface Axis {
  options: { domain: [number, number]; ticks: number[]; tickFormat: (value: number) => string };
  width: number;
}

const MOST_TICKS = 6;
/** Pixels between labels beside each other, and from one line to the next. */
const GAP = 12;
const LINE = 22;
const STEPS = [1, 2, 5];
/** Powers of ten below that have no inverse. */
const TINY = 1e-300;

export function valueAxis(request: AxisRequest): Axis {
  const choices = request.isLog ? logChoices(request) : linearChoices(request);
  const made = choices.map((choice) => axisOf(choice, request));
  return made.find((axis) => isRoomy(axis, request)) ?? made[made.length - 1];
}

/** Ticks that an axis may have, and how far they are apart; none for a logarithmic axis. */
interface Choice {
  domain: [number, number];
  ticks: number[];
  step: number | null;
}

/** The most ticks first. */
function linearChoices({ from, to, kind = 'number', isNice = false }: AxisRequest): Choice[] {
  const span = to - from;
  // Below that, numbers can hardly tell ticks apart.
  const rounding = Math.max(TINY, 1e-12 * Math.max(Math.abs(from), Math.abs(to)));
  if (!(span > rounding)) return [{ domain: [from, to], ticks: [from], step: null }];
  const start = Math.floor(Math.log10(span / MOST_TICKS));
  // The difference of large numbers may be infinite.
  if (span === Number.POSITIVE_INFINITY) return [{ domain: [from, to], ticks: [from, to], step: null }];
  const steps = Array.from({ length: 3 }, (_, i) => STEPS.map((step) => ({ step, power: start + i }))).flat();
  const choices = steps.flatMap(({ step, power }): Choice[] => {
    if (kind === 'whole' && power < 0) return [];
    const value = (i: number) => (power < 0 ? (i * step) / 10 ** -power : i * step * 10 ** power);
    // 0.6 / 0.2 is a little less than 3.
    const slack = isNice ? 1e-9 : -1e-9;
    const [down, up] = isNice ? [Math.floor, Math.ceil] : [Math.ceil, Math.floor];
    const [first, last] = [down(from / value(1) + slack), up(to / value(1) - slack)];
    const length = last - first + 1;
    if (!(length >= 2 && length <= MOST_TICKS + 1)) return [];
    const ticks = Array.from({ length }, (_, i) => value(first + i));
    return [{ domain: isNice ? [ticks[0], ticks[length - 1]] : [from, to], ticks, step: value(1) }];
  });
  return choices.length > 0 ? choices : [{ domain: [from, to], ticks: [from, to], step: null }];
}

/** Of each decade 1, 2 and 5, or 1 alone, or only that of every so many decades. */
function logChoices({ from, to }: AxisRequest): Choice[] {
  const [first, last] = [Math.floor(Math.log10(from)), Math.floor(Math.log10(to))];
  const decades = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  const power = (exponent: number) => (exponent < 0 ? 1 / 10 ** -exponent : 10 ** exponent);
  const sets = [
    decades.flatMap((decade) => STEPS.map((step) => step * power(decade))),
    ...decades.map((_, skipped) =>
      decades.filter((decade) => decade % (skipped + 1) === 0).map((decade) => power(decade)),
    ),
  ];
  return sets
    .map((set) => set.filter((tick) => tick >= from && tick <= to))
    .filter((ticks, i) => i === 0 || ticks.length > 0)
    .map((ticks) => ({ domain: [from, to], ticks, step: null }));
}

function axisOf({ domain, ticks, step }: Choice, { kind = 'number' }: AxisRequest): Axis {
  const largest = Math.max(...ticks.map(Math.abs));
  const tickFormat = (value: number) => tickLabel(value, { largest, step, kind });
  return {
    options: { domain, ticks, tickFormat },
    width: Math.max(0, ...ticks.map((tick) => widthOf(tickFormat(tick)))),
  };
}

function isRoomy(
  { options, width }: Axis,
  { pixels, isUpright = false, isLog = false }: AxisRequest,
): boolean {
  const { domain, ticks } = options;
  const place = isLog ? Math.log : (value: number) => value;
  const scale = pixels / (place(domain[1]) - place(domain[0]));
  const needed = isUpright ? LINE : width + GAP;
  return ticks.every((tick, i) => i === 0 || (place(tick) - place(ticks[i - 1])) * scale >= needed);
}

/** Of a chart, in pixels. */
export interface Sides {
  marginLeft: number;
  marginRight: number;
  marginTop: number;
  height: number;
}

export function roomAcross({ marginLeft, marginRight }: Pick<Sides, 'marginLeft' | 'marginRight'>) {
  return { pixels: WIDTH - marginLeft - marginRight };
}

export function roomUp({ marginTop, height }: Pick<Sides, 'marginTop' | 'height'>) {
  return { pixels: height - marginTop - MARGIN_BOTTOM, isUpright: true };
}

/** Of bars that count rows, and perhaps a value that is marked, too. */
export function histogramAxes(
  bars: readonly { from: number; to: number; rows: number }[],
  sides: Sides,
  marked = bars[0].from,
) {
  const [from, to] = [Math.min(marked, bars[0].from), Math.max(marked, bars[bars.length - 1].to)];
  const across = { from, to, ...roomAcross(sides) };
  const up = { from: 0, to: Math.max(...bars.map(({ rows }) => rows)), ...roomUp(sides) };
  return [valueAxis(across).options, valueAxis({ ...up, kind: 'whole' }).options] as const;
}

const UNITS: readonly (readonly [size: number, sign: string])[] = [
  [1e12, 'T'],
  [1e9, 'B'],
  [1e6, 'M'],
  [1e3, 'K'],
];
const SHORT_FROM = 1e4;

/** All labels of an axis are written in one way: '5K' and '10K', not '5,000' and '10K'. */
function tickLabel(
  value: number,
  { largest, step, kind }: { largest: number; step: number | null; kind: AxisKind },
): string {
  if (Math.abs(value) < TINY) return kind === 'share' ? '0%' : '0';
  if (kind === 'share') return `${digits(100 * value, step === null ? null : 100 * step)}%`;
  const size = step === null ? Math.abs(value) : largest;
  if (size < 1e-4 || size >= 1e15) {
    const exponent = Math.floor(Math.log10(size) + 1e-9);
    const unit = (each: number) => (exponent < 0 ? each * 10 ** -exponent : each / 10 ** exponent);
    return `${digits(unit(value), step === null ? null : unit(step))}×10${superscript(exponent)}`;
  }
  const [unit, sign] = UNITS.find(([each]) => Math.abs(value) >= each && size >= SHORT_FROM) ?? [1, ''];
  return digits(value / unit, step === null ? null : step / unit) + sign;
}

/** With the decimals that tell ticks apart, or three digits if it is not known how far apart they are. */
function digits(value: number, step: number | null): string {
  const precision =
    step === null
      ? { maximumSignificantDigits: 3 }
      : { maximumFractionDigits: Math.min(20, Math.max(0, -Math.floor(Math.log10(step) + 1e-9))) };
  return new Intl.NumberFormat('en-US', precision).format(value).replace('-', MINUS);
}
