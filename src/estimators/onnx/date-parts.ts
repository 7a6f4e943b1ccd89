/** The parts of dates in an ONNX graph: see `date-column.ts`. */

import { MILLISECONDS_PER_DAY } from '../../data/civil-days.js';
import type { DatePart } from '../../data/date-column.js';
import type { OnnxGraph } from '../../formats/onnx/graph.js';

const MEAN_YEAR = 365.2425;
/** Beyond all times. */
const NEVER = 1e18;

/**
 * The features of a date before scaling, a tensor (N, 1) for each; NaN for a missing time.
 *
 * @param times - (N, 1), milliseconds since 1970
 */
export function addDateParts(
  graph: OnnxGraph,
  times: string,
  column: string,
  parts: readonly DatePart[],
): string[] {
  const nodes = new DateNodes(graph, times, column);
  return parts.flatMap((part) => (part === 'time' ? nodes.days : nodes.circle(part)));
}

class DateNodes {
  readonly days: string;
  readonly #graph: OnnxGraph;
  readonly #times: string;
  readonly #column: string;
  #wholeDays: string | undefined;

  constructor(graph: OnnxGraph, times: string, column: string) {
    this.#graph = graph;
    this.#times = times;
    this.#column = column;
    this.days = this.#by('Div', times, MILLISECONDS_PER_DAY, 'days');
  }

  /** Sine and cosine of the share of a cycle that has gone by. */
  circle(part: Exclude<DatePart, 'time'>): string[] {
    const angle = this.#by('Mul', this.#phase(part), 2 * Math.PI, `${part}.angle`);
    // Runtimes have sines in double, but not all have cosines.
    const turned = this.#by('Add', angle, Math.PI / 2, `${part}.angleOfCosine`);
    return [this.#node('Sin', [angle], `${part}.sin`), this.#node('Sin', [turned], `${part}.cos`)];
  }

  #phase(part: Exclude<DatePart, 'time'>): string {
    const { days } = this;
    this.#wholeDays ??= this.#node('Floor', [days], 'wholeDays');
    const whole = this.#wholeDays;
    if (part === 'day') return this.#node('Sub', [days, whole], 'day.phase');
    if (part === 'year') return this.#yearPhase(whole);
    const weeks = this.#node('Floor', [this.#by('Div', whole, 7, 'weeks')], 'wholeWeeks');
    const weekday = this.#node('Sub', [whole, this.#by('Mul', weeks, 7, 'daysOfWeeks')], 'weekday');
    return this.#by('Div', weekday, 7, 'week.phase');
  }

  /** By the starts of the four years around: the last one that is not after the time, and the next. */
  #yearPhase(wholeDays: string): string {
    const since1970 = this.#node('Floor', [this.#by('Div', wholeDays, MEAN_YEAR, 'meanYears')], 'wholeYears');
    const years = this.#node(
      'Add',
      [since1970, this.#graph.numbers(`${this.#column}.around`, [1969, 1970, 1971, 1972])],
      'years',
    );
    const starts = this.#by('Mul', this.#startsOf(years), MILLISECONDS_PER_DAY, 'starts');
    const hasBegun = this.#node('LessOrEqual', [starts, this.#times], 'hasBegun');
    const bound = (name: string, value: number) => this.#graph.numbers(`${this.#column}.${name}`, [value]);
    const begun = this.#node('Where', [hasBegun, starts, bound('before', -NEVER)], 'begun');
    const toCome = this.#node('Where', [hasBegun, bound('after', NEVER), starts], 'toCome');
    const start = this.#node('ReduceMax', [begun], 'start', { axes: { ints: [1] } });
    const end = this.#node('ReduceMin', [toCome], 'end', { axes: { ints: [1] } });
    const gone = this.#node('Sub', [this.#times, start], 'year.gone');
    return this.#node('Div', [gone, this.#node('Sub', [end, start], 'year.length')], 'year.phase');
  }

  /** Days from 1970 to the start of each year, by the leap years in between. */
  #startsOf(years: string): string {
    const before = this.#by('Sub', years, 1, 'yearBefore');
    const multiples = (of: number) =>
      this.#node('Floor', [this.#by('Div', before, of, `share${of}`)], `multiples${of}`);
    const fourth = this.#node('Sub', [multiples(4), multiples(100)], 'fourthYears');
    const leap = this.#by('Sub', this.#node('Add', [fourth, multiples(400)], 'leapYears'), 477, 'leapDays');
    const common = this.#by('Mul', this.#by('Sub', years, 1970, 'yearsSince1970'), 365, 'commonDays');
    return this.#node('Add', [common, leap], 'startDays');
  }

  #by(op: string, tensor: string, value: number, name: string): string {
    const constant = this.#graph.numbers(`${this.#column}.${name}.by`, [value]);
    return this.#node(op, [tensor, constant], name);
  }

  #node(op: string, inputs: readonly string[], name: string, attributes = {}): string {
    return this.#graph.node(op, inputs, `${this.#column}.${name}`, attributes);
  }
}
