/** An ONNX graph to walk along: which nodes take a tensor, and which tensors are constant. */

import { ChainruleError, excerpt } from '../../error.js';
import type { Message } from './fields.js';
import { type Constant, constantOf } from './tensor-values.js';

export type Attribute = Message<'attribute'>;

export interface GraphNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string;
  /** Its place in the file: nodes come after those whose outputs they take. */
  readonly place: number;
  readonly attributes: ReadonlyMap<string, Attribute>;
  /** The node in a message. */
  readonly words: string;
}

/** Ops that leave values as they are, or only move them. */
const MOVES = new Set(['Identity', 'Cast', 'Transpose', 'Unsqueeze', 'Squeeze']);
const MOST_MOVES = 16;

export class GraphIndex {
  /** The inputs that are no constants. */
  readonly inputs: readonly string[];
  readonly outputs: ReadonlySet<string>;
  readonly #file: string;
  readonly #initializers: ReadonlyMap<string, Message<'tensor'>>;
  readonly #users = new Map<string, GraphNode[]>();
  readonly #makers = new Map<string, GraphNode>();
  /** Those that are small; the others are needed once. */
  readonly #scalars = new Map<string, number | undefined>();

  /** @throws {@link ChainruleError} ERR_FILE */
  constructor(graph: Message<'graph'>, file: string) {
    this.#file = file;
    this.#initializers = new Map(graph.initializers?.map((tensor) => [tensor.name ?? '', tensor]));
    this.inputs = (graph.inputs ?? []).flatMap(({ name = '' }) => (this.#initializers.has(name) ? [] : name));
    this.outputs = new Set(graph.outputs?.map(({ name = '' }) => name));
    (graph.nodes ?? []).forEach((message, place) => {
      const node = nodeOf(message, place);
      for (const input of new Set(node.inputs)) {
        const users = this.#users.get(input);
        if (users === undefined) this.#users.set(input, [node]);
        else users.push(node);
      }
      for (const output of message.outputs ?? []) {
        if (this.#makers.has(output) && output !== '') {
          throw new ChainruleError(
            'ERR_FILE',
            `${node.words} in ${file} makes a tensor that another node makes`,
          );
        }
        this.#makers.set(output, node);
      }
    });
  }

  /** The nodes that take a tensor, in the order of the file. */
  usersOf(tensor: string): readonly GraphNode[] {
    return this.#users.get(tensor) ?? [];
  }

  /** The values of a tensor that does not depend on the inputs; undefined if it does. Throws ERR_FILE. */
  constant(tensor: string, moves = 0): Constant | undefined {
    const initializer = this.#initializers.get(tensor);
    if (initializer !== undefined) return constantOf(initializer, this.#file);
    const maker = this.#makers.get(tensor);
    if (maker === undefined) return undefined;
    if (maker.op === 'Constant') return this.#valueOf(maker);
    if (!MOVES.has(maker.op) || moves > MOST_MOVES) return undefined;
    const given = this.constant(maker.inputs[0] ?? '', moves + 1);
    return given && moved(given, maker);
  }

  /** The number that a constant holds if it is the only one. */
  scalar(tensor: string): number | undefined {
    if (this.#scalars.has(tensor)) return this.#scalars.get(tensor);
    const isLarge = (this.#initializers.get(tensor)?.dims ?? []).some((dim) => dim !== 1);
    const values = isLarge ? undefined : this.constant(tensor)?.values;
    const number = values?.length === 1 ? values[0] : undefined;
    this.#scalars.set(tensor, number);
    return number;
  }

  #valueOf({ attributes }: GraphNode): Constant | undefined {
    const tensor = attributes.get('value')?.tensor;
    if (tensor !== undefined) return constantOf(tensor, this.#file);
    const single = attributes.get('value_float')?.float ?? attributes.get('value_int')?.int;
    if (single !== undefined) return { dims: [], values: Float64Array.of(single) };
    const list = attributes.get('value_floats')?.floats ?? attributes.get('value_ints')?.ints;
    return list && { dims: [list.length], values: Float64Array.from(list) };
  }
}

function nodeOf(message: Message<'node'>, place: number): GraphNode {
  const { name = '', op = '', domain = '', inputs = [], outputs = [], attributes = [] } = message;
  const isStandard = domain === '' || domain === 'ai.onnx' || domain === 'ai.onnx.ml';
  const fullOp = isStandard ? op : `${domain}.${op}`;
  const label = name === '' ? outputs[0] : name;
  return {
    op: fullOp,
    inputs,
    output: outputs[0] ?? '',
    place,
    attributes: new Map(attributes.map((attribute) => [attribute.name ?? '', attribute])),
    words: `the node '${excerpt(String(label))}' (${excerpt(fullOp)})`,
  };
}

/** A constant after a node that leaves its values as they are; undefined if it has more than two dimensions. */
function moved({ dims, values }: Constant, { op, attributes }: GraphNode): Constant | undefined {
  switch (op) {
    case 'Identity':
      return { dims, values };
    case 'Cast':
      // Of float to float or double; to whole numbers, values would change.
      return values.every((value) => Number.isInteger(value)) || isFloat(attributes.get('to')?.int)
        ? { dims, values }
        : undefined;
    case 'Transpose':
      return dims.length < 2 ? { dims, values } : transposed({ dims, values }, attributes.get('perm')?.ints);
    default:
      // Only where it makes a vector out of a row, or the other way round.
      return dims.filter((dim) => dim !== 1).length < 2 ? { dims: [values.length], values } : undefined;
  }
}

const isFloat = (type: number | undefined) => type === 1 || type === 10 || type === 11;

function transposed({ dims, values }: Constant, order: readonly number[] | undefined): Constant | undefined {
  const [rows, columns] = dims;
  // An empty one may have any number of rows.
  if (dims.length > 2 || values.length === 0) return undefined;
  if (order !== undefined && order.join() === '0,1') return { dims, values };
  const out = new Float64Array(values.length);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) out[j * rows + i] = values[i * columns + j];
  return { dims: [columns, rows], values: out };
}
