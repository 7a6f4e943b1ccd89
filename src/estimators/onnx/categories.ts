/** Texts and truth values as features in an ONNX graph. */

import type { BooleanState } from '../../data/boolean-column.js';
import type { CategoricalState } from '../../data/category-column.js';
import { scaleFlag } from '../../data/flags.js';
import { markerSpellings } from '../../data/missing-cells.js';
import { type OnnxGraph, toUtf8 } from '../../formats/onnx/graph.js';
import type { GraphColumn } from './column-inputs.js';
import type { FeatureGroup } from './scaled-numbers.js';

/** Takes a row of features from a table, by the text: exactly what the encoder writes. */
export function addCategory(
  graph: OnnxGraph,
  { name, state, tensor, start }: GraphColumn<CategoricalState>,
): FeatureGroup {
  const { table, missing, unseen } = featureTable(state);
  const places = new Map(state.categories.map((category, place) => [toUtf8(category), place]));
  // Where unseen texts have the features of missing ones, there is nothing to tell apart.
  if (unseen !== missing) {
    for (const text of ['', ...markerSpellings()]) if (!places.has(text)) places.set(text, missing);
  }
  const place = graph.node('LabelEncoder', [tensor], `${name}.place`, {
    keys_strings: [...places.keys()],
    values_int64s: { ints: [...places.values()] },
    default_int64: unseen,
  });
  const row = graph.node('Squeeze', [place, graph.places(`${name}.axis`, [1])], `${name}.row`);
  const width = state.scales.length;
  const features = graph.constant(`${name}.table`, Float32Array.from(table.flat()), [table.length, width]);
  return {
    tensor: graph.node('Gather', [features, row], `${name}.features`, { axis: 0 }),
    places: Array.from({ length: width }, (_, feature) => start + feature),
  };
}

/** The features of each category, of all others if they have a feature, and of a missing value. */
function featureTable({ categories, other, scales }: CategoricalState) {
  const resting = scales.map((scale) => scaleFlag(0, scale));
  const known =
    categories.length === 2
      ? [-1, 1].map((value) => [scaleFlag(value, scales[0])])
      : scales.map((scale, own) => resting.map((value, i) => (i === own ? scaleFlag(1, scale) : value)));
  const missing = known.length;
  return { table: [...known, resting], missing, unseen: other ? categories.length : missing };
}

/** Columns of 0, 1 and NaN. */
export function addBooleans(graph: OnnxGraph, columns: readonly GraphColumn<BooleanState>[]): FeatureGroup[] {
  if (columns.length === 0) return [];
  const raw = graph.join(
    columns.map(({ tensor }) => tensor),
    'booleans.values',
  );
  const constant = (name: string, value: number) =>
    graph.constant(
      `booleans.${name}`,
      Float32Array.from(columns, ({ state: { scales } }) => scaleFlag(value, scales[0])),
    );
  const isFalse = graph.node('Equal', [raw, graph.numbers('booleans.zero', [0])], 'booleans.isFalse');
  const known = graph.node(
    'Where',
    [isFalse, constant('ifFalse', -1), constant('ifTrue', 1)],
    'booleans.known',
  );
  const isMissing = graph.node('IsNaN', [raw], 'booleans.isMissing');
  const tensor = graph.node('Where', [isMissing, constant('ifMissing', 0), known], 'booleans');
  return [{ tensor, places: columns.map(({ start }) => start) }];
}
