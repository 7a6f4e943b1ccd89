/**
 * What the encoder of rows computes, as nodes of an ONNX graph: from an input for each column to the features of the
 * networks, to the same bits but for sines. Numbers are in double until then, as they are in the encoder: years or
 * prices less their median would have few digits left in float.
 */

import type { BooleanState } from '../../data/boolean-column.js';
import type { CategoricalState } from '../../data/category-column.js';
import { type DateState, partCount } from '../../data/date-column.js';
import type { ColumnState } from '../../data/learn-column.js';
import type { NumericState } from '../../data/numeric-column.js';
import type { OnnxGraph } from '../../formats/onnx/graph.js';
import { addBooleans, addCategory } from './categories.js';
import type { ColumnInputs, GraphColumn } from './column-inputs.js';
import { addDateParts } from './date-parts.js';
import { addNumbers, type FeatureGroup, type RawNumber } from './scaled-numbers.js';

/** The features of all columns, (N, width), float. */
export function addFeatures(graph: OnnxGraph, { columns, numbers }: ColumnInputs): string {
  const ofType = <S extends ColumnState>(type: S['type']) =>
    columns.filter((column): column is GraphColumn<S> => column.state.type === type);
  const dates = ofType<DateState>('date');
  const parts = dates.flatMap(({ tensor, name, state }) => addDateParts(graph, tensor, name, state.parts));
  const raw = [...(numbers === null ? [] : [numbers]), ...parts];
  const rawNumbers = [...ofType<NumericState>('numeric').map(rawNumber), ...dates.flatMap(rawParts)];
  const groups = [
    ...(raw.length === 0 ? [] : addNumbers(graph, graph.join(raw, 'numbers.raw'), rawNumbers)),
    ...addBooleans(graph, ofType<BooleanState>('boolean')),
    ...ofType<CategoricalState>('categorical').map((column) => addCategory(graph, column)),
  ];
  return inOrder(graph, groups);
}

function rawNumber({ state: { scales, knots }, start }: GraphColumn<NumericState>): RawNumber {
  const [scale, ofIndicator] = scales;
  return {
    scale,
    place: start,
    indicator: ofIndicator ? { scale: ofIndicator, place: start + 1 } : null,
    ranges: { knots, place: start + scales.length },
  };
}

/** The parts of a date; the first one tells whether it is missing. */
function rawParts({ state: { parts, scales }, start }: GraphColumn<DateState>): RawNumber[] {
  const count = partCount(parts);
  return scales.slice(0, count).map((scale, part) => ({
    scale,
    place: start + part,
    indicator: part === 0 && count < scales.length ? { scale: scales[count], place: start + count } : null,
    ranges: null,
  }));
}

/** Side by side in the order of the networks' inputs. The tensor is called 'features', for those who look for it. */
function inOrder(graph: OnnxGraph, groups: readonly FeatureGroup[]): string {
  const tensors = groups.map(({ tensor }) => tensor);
  const places = groups.flatMap((group) => group.places);
  const isOrdered = places.every((place, column) => place === column);
  const joined = graph.node('Concat', tensors, isOrdered ? 'features' : 'features.grouped', { axis: 1 });
  if (isOrdered) return joined;
  const columnOf = new Map(places.map((place, column) => [place, column]));
  const order = places.map((_, place) => columnOf.get(place) ?? 0);
  return graph.columns(joined, places.length, order, 'features');
}
