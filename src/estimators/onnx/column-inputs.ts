/** The inputs of an exported estimator: a tensor for each column that it uses. */

import type { ColumnState } from '../../data/learn-column.js';
import type { RowEncoder } from '../../data/row-encoder.js';
import type { ElementType } from '../../formats/onnx/fields.js';
import type { OnnxGraph } from '../../formats/onnx/graph.js';

/** A column that is used, in the graph. */
export interface GraphColumn<S extends ColumnState = ColumnState> {
  readonly name: string;
  readonly state: S;
  /** Its values: (N, 1). */
  readonly tensor: string;
  /** Its first feature among all. */
  readonly start: number;
}

export interface ColumnInputs {
  readonly columns: readonly GraphColumn[];
  /** The columns of numbers, (N, columns) in their order, if there are any. */
  readonly numbers: string | null;
  /** An input of the graph, for the number of rows. */
  readonly first: string;
  /** All columns, those left out too, with the input of each that has one, as JSON for the file's metadata. */
  readonly description: string;
}

const INPUTS: Record<ColumnState['type'], { type: ElementType; doc: string }> = {
  numeric: { type: 'double', doc: 'number; NaN if missing' },
  boolean: { type: 'double', doc: '1 for true, 0 for false, NaN if missing' },
  categorical: { type: 'text', doc: "text without blanks around it; '' if missing" },
  date: { type: 'double', doc: 'milliseconds since 1970 in UTC; NaN if missing' },
};

/** What the input is called that holds all columns of rows without names. */
const MATRIX = 'x';

/** Adds the inputs: of columns without names, if all are numbers, one with all of them. */
export function addInputs(graph: OnnxGraph, encoder: RowEncoder): ColumnInputs {
  const used = usedColumns(encoder);
  const isMatrix = encoder.unnamed && used.every(({ state }) => state.type === 'numeric');
  return isMatrix ? matrixInput(graph, encoder, used) : ownInputs(graph, encoder, used);
}

type Unplaced = Omit<GraphColumn, 'tensor'> & { readonly index: number };

function usedColumns(encoder: RowEncoder): Unplaced[] {
  let start = 0;
  return encoder.toJSON().columns.flatMap(({ info: { name }, state }, index) => {
    if (state === null) return [];
    const column = { name, state, index, start };
    start += encoder.columns[index].features;
    return column;
  });
}

function ownInputs(graph: OnnxGraph, encoder: RowEncoder, used: readonly Unplaced[]): ColumnInputs {
  const columns = used.map((column) => {
    const { type, doc } = INPUTS[column.state.type];
    return { ...column, tensor: graph.input(column.name, type, 1, doc) };
  });
  const numbers = columns.flatMap(({ state, tensor }) => (state.type === 'numeric' ? tensor : []));
  const tensors = new Map(columns.map(({ index, tensor }) => [index, tensor]));
  return {
    columns,
    numbers: numbers.length === 0 ? null : graph.join(numbers, 'numbers'),
    first: columns[0].tensor,
    description: describe(encoder, (index) => tensors.get(index)),
  };
}

function matrixInput(graph: OnnxGraph, encoder: RowEncoder, used: readonly Unplaced[]): ColumnInputs {
  const doc = `${INPUTS.numeric.doc}; all columns of the training rows in their order`;
  const x = graph.input(MATRIX, 'double', encoder.columns.length, doc);
  const places = used.map(({ index }) => index);
  return {
    columns: used.map((column) => ({ ...column, tensor: x })),
    numbers: graph.columns(x, encoder.columns.length, places, 'numbers'),
    first: x,
    description: describe(encoder, () => x),
  };
}

function describe(encoder: RowEncoder, inputOf: (index: number) => string | undefined): string {
  const columns = encoder.columns.map(({ name, kind, used, reason, missing, features }, index) => {
    return { name, kind, used, reason, missing, features, input: inputOf(index) };
  });
  return JSON.stringify(columns);
}
