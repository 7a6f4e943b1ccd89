/** Numbers as features in an ONNX graph: scaled and clipped, whether they are missing, and their ranges. */

import { indicatorValues } from '../../data/flags.js';
import { type Scale, smoothClip } from '../../data/robust-scale.js';
import type { OnnxGraph } from '../../formats/onnx/graph.js';

/** Columns of one tensor that are features of the whole. */
export interface FeatureGroup {
  /** (N, places), float. */
  readonly tensor: string;
  /** The feature that each column is. */
  readonly places: readonly number[];
}

/** A number of each row, with what is made of it. */
export interface RawNumber {
  readonly scale: Scale;
  /** The feature that its scaled value is. */
  readonly place: number;
  /** The feature that says whether it is missing. */
  readonly indicator: { readonly scale: Scale; readonly place: number } | null;
  /** Ends of its ranges, and the first feature of these. */
  readonly ranges: { readonly knots: readonly number[]; readonly place: number } | null;
}

/** From here on, x1 is so large that x2 is 3 in double: see `smoothClip`. */
const SURELY_CLIPPED = 1e9;
/** Below this, no double is so large that its distance from the centre is infinite. */
const SAFE_CENTRE = 1e291;

/** @param raw - (N, numbers.length), double; NaN and infinite numbers are missing */
export function addNumbers(graph: OnnxGraph, raw: string, numbers: readonly RawNumber[]): FeatureGroup[] {
  const isNotNumber = graph.node('IsNaN', [raw], 'numbers.isNaN');
  const isInfinite = graph.node('IsInf', [raw], 'numbers.isInfinite');
  const missing = graph.node('Or', [isNotNumber, isInfinite], 'numbers.missing');
  const scaled = addScaled(graph, raw, missing, numbers);
  const values = {
    tensor: graph.cast(scaled, 'float', 'numbers.values'),
    places: numbers.map(({ place }) => place),
  };
  return [values, ...addIndicators(graph, missing, numbers), ...addRanges(graph, scaled, numbers)];
}

/** `smoothClip`, of the centre for a missing number. */
function addScaled(graph: OnnxGraph, raw: string, missing: string, numbers: readonly RawNumber[]): string {
  const constant = (name: string, values: readonly number[]) => graph.numbers(`numbers.${name}`, values);
  const node = (op: string, inputs: readonly string[], name: string) =>
    graph.node(op, inputs, `numbers.${name}`);
  const centre = constant(
    'centre',
    numbers.map(({ scale }) => scale.centre),
  );
  const factor = constant(
    'factor',
    numbers.map(({ scale }) => scale.factor),
  );
  const known = node('Where', [missing, centre, raw], 'known');
  const distance = node('Sub', [known, centre], 'distance');
  let x1 = node('Mul', [distance, factor], 'scaled');
  if (numbers.some(({ scale }) => Math.abs(scale.centre) >= SAFE_CENTRE)) {
    const products = [
      node('Mul', [known, factor], 'product'),
      node('Mul', [centre, factor], 'centreProduct'),
    ];
    const overflows = node('IsInf', [distance], 'overflows');
    x1 = node('Where', [overflows, node('Sub', products, 'difference'), x1], 'safelyScaled');
  }
  const limits = [
    graph.numbers('numbers.least', [-SURELY_CLIPPED], []),
    graph.numbers('numbers.most', [SURELY_CLIPPED], []),
  ];
  const bounded = node('Clip', [x1, ...limits], 'bounded');
  const third = node('Div', [bounded, constant('three', [3])], 'third');
  const square = node('Mul', [third, third], 'square');
  const root = node('Sqrt', [node('Add', [square, constant('one', [1])], 'sum')], 'root');
  return node('Div', [bounded, root], 'clipped');
}

function addIndicators(graph: OnnxGraph, missing: string, numbers: readonly RawNumber[]): FeatureGroup[] {
  const found = numbers.flatMap(({ indicator }, column) =>
    indicator === null ? [] : { ...indicator, column },
  );
  if (found.length === 0) return [];
  const name = 'indicators';
  const columns = found.map(({ column }) => column);
  const flags = graph.columns(missing, numbers.length, columns, `${name}.missing`);
  const values = found.map(({ scale }) => indicatorValues(scale));
  const constant = (key: 'missing' | 'known') =>
    graph.constant(
      `${name}.if${key}`,
      Float32Array.from(values, (value) => value[key]),
    );
  const tensor = graph.node('Where', [flags, constant('missing'), constant('known')], name);
  return [{ tensor, places: found.map(({ place }) => place) }];
}

/** The features of `writePieces`. */
function addRanges(graph: OnnxGraph, scaled: string, numbers: readonly RawNumber[]): FeatureGroup[] {
  const pieces = numbers.flatMap(({ ranges, scale }, column) => {
    if (ranges === null || ranges.knots.length === 0) return [];
    const ends = ranges.knots.map((knot) => smoothClip(knot, scale));
    const last = ends.length - 2;
    return ends.slice(0, -1).map((lower, piece) => ({
      column,
      place: ranges.place + piece,
      lower,
      width: ends[piece + 1] - lower,
      least: piece === 0 ? -1 : 0,
      most: piece === last ? 2 : 1,
    }));
  });
  if (pieces.length === 0) return [];
  const constant = (key: 'lower' | 'width' | 'least' | 'most') =>
    graph.numbers(
      `ranges.${key}`,
      pieces.map((piece) => piece[key]),
    );
  const node = (op: string, a: string, b: string, name: string) => graph.node(op, [a, b], `ranges.${name}`);
  const columns = pieces.map(({ column }) => column);
  const values = graph.columns(scaled, numbers.length, columns, 'ranges.values');
  const share = node('Div', node('Sub', values, constant('lower'), 'distance'), constant('width'), 'share');
  const bounded = node('Min', node('Max', share, constant('least'), 'above'), constant('most'), 'bounded');
  const centred = node('Sub', bounded, graph.numbers('ranges.half', [0.5]), 'centred');
  return [{ tensor: graph.cast(centred, 'float', 'ranges'), places: pieces.map(({ place }) => place) }];
}
