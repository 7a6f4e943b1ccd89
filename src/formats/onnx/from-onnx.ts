/**
 * Makes a network of an ONNX model that is a chain of dense layers and activations, as PyTorch and skl2onnx write it.
 * It goes from the input from node to node; those that work element by element are recognised by what they compute.
 */

import { ChainruleError, excerpt } from '../../error.js';
import { recognise, SAMPLES } from '../imports/known-activation.js';
import { type ImportedNetwork, LayerChain } from '../imports/layer-chain.js';
import { elementwise } from './elementwise.js';
import { GraphIndex, type GraphNode } from './graph-index.js';
import { affineOf, linearOf } from './linear-nodes.js';
import { readOnnx } from './read.js';

/** Behind the last layer, they make labels and the like of its outputs. */
const AFTERWARDS = new Set(
  (
    'ArgMax ArrayFeatureExtractor Binarizer Cast Concat Equal Flatten Gather Greater GreaterOrEqual Identity ' +
    'LabelEncoder Not Reshape Squeeze Sub TopK Unsqueeze ZipMap'
  ).split(' '),
);

/** No activation is written with more. */
const MOST_NODES = 32;

/**
 * @param file - what messages call the file
 * @throws {@link ChainruleError} ERR_FILE for a file that is no such model, with the first node that is in the way
 */
export function fromOnnx(bytes: Uint8Array, file: string): ImportedNetwork {
  const { graph } = readOnnx(bytes, file);
  if (!graph?.nodes?.length) {
    throw new ChainruleError('ERR_FILE', `${file} is not an ONNX model: it has no nodes`);
  }
  return new Walk(new GraphIndex(graph, file), new LayerChain(file, bytes.length), file).run();
}

/** A tensor that all goes through, and the place of the node that makes it. */
interface Position {
  readonly tensor: string;
  readonly place: number;
}

class Walk {
  readonly #graph: GraphIndex;
  readonly #chain: LayerChain;
  readonly #file: string;

  constructor(graph: GraphIndex, chain: LayerChain, file: string) {
    this.#graph = graph;
    this.#chain = chain;
    this.#file = file;
  }

  run(): ImportedNetwork {
    let position: Position | undefined = { tensor: this.#input(), place: -1 };
    while (position !== undefined) position = this.#step(position);
    return this.#chain.finish();
  }

  #input(): string {
    const { inputs } = this.#graph;
    if (inputs.length === 1) return inputs[0];
    const names = inputs.slice(0, 5).map((name) => `'${excerpt(name)}'`);
    const listed = names.length === 0 ? '' : ` (${names.join(', ')}${inputs.length > 5 ? ', ...' : ''})`;
    throw new ChainruleError(
      'ERR_FILE',
      `${this.#file} has ${inputs.length} inputs${listed}, expected 1: a network takes one tensor of features`,
    );
  }

  /** Goes on to the next tensor that all goes through; undefined behind the last layer. */
  #step(position: Position): Position | undefined {
    const users = this.#graph.usersOf(position.tensor);
    if (users.length === 0) return undefined;
    const [node] = users;
    if (node.place <= position.place) {
      throw this.#chain.refusal(node.words, 'comes before the node whose output it takes');
    }
    if (users.length === 1 && this.#take(node, position.tensor)) {
      return { tensor: node.output, place: node.place };
    }
    const next = this.#takeElementwise(position.tensor);
    if (next !== undefined) return next;
    if (this.#chain.width !== undefined && this.#leadsToLabels(users)) return undefined;
    throw this.#chain.refusal(
      node.words,
      'is none of the layers and activations that a network here can have',
    );
  }

  /** Takes a node by itself. False if it is of another kind. */
  #take(node: GraphNode, tensor: string): boolean {
    if (node.op === 'Softmax') {
      const axis = node.attributes.get('axis')?.int ?? -1;
      if (axis !== 1 && axis !== -1) throw this.#chain.refusal(node.words, `is along axis ${axis}`);
      this.#chain.activation(node.words, 'softmax');
      return true;
    }
    if (this.#keepsValues(node)) return true;
    const place = { graph: this.#graph, chain: this.#chain, tensor };
    const linear = linearOf(node, place);
    if (linear !== undefined) this.#chain.linear(node.words, linear);
    const affine = linear === undefined ? affineOf(node, place) : undefined;
    if (affine !== undefined) this.#chain.affine(node.words, affine);
    return linear !== undefined || affine !== undefined;
  }

  /** Whether a node gives what it takes: in a network at rest, as rows of floats. */
  #keepsValues({ op, inputs, attributes }: GraphNode): boolean {
    switch (op) {
      case 'Identity':
        return true;
      case 'Dropout':
        return inputs[2] === undefined || inputs[2] === '' || this.#graph.scalar(inputs[2]) === 0;
      case 'Cast':
        return [1, 10, 11].includes(attributes.get('to')?.int ?? 0);
      case 'Flatten':
        return (attributes.get('axis')?.int ?? 1) === 1;
      case 'Reshape': {
        const sizes = this.#graph.constant(inputs[1] ?? '')?.values;
        if (sizes?.length !== 2) return false;
        const { width } = this.#chain;
        return sizes[0] <= 0 && (width === undefined || sizes[1] === width || sizes[1] === -1);
      }
      default:
        return false;
    }
  }

  /**
   * Takes nodes that work element by element, up to the first tensor that all goes through and that is a known
   * function of the one given. Undefined if there is none.
   */
  #takeElementwise(tensor: string): Position | undefined {
    const known = new Map<string, Float64Array>([[tensor, SAMPLES]]);
    const waiting = new Set(this.#graph.usersOf(tensor));
    const first = this.#graph.usersOf(tensor)[0];
    let last = -1;
    while (waiting.size > 0 && known.size + waiting.size < MOST_NODES) {
      const node = [...waiting].reduce((a, b) => (a.place < b.place ? a : b));
      const values = node.place > last ? this.#valuesOf(node, known) : undefined;
      if (values === undefined) return undefined;
      last = node.place;
      waiting.delete(node);
      known.set(node.output, values);
      for (const user of this.#graph.usersOf(node.output)) waiting.add(user);
      const isCut = [...waiting].every(({ inputs }) =>
        inputs.every((input) => input === node.output || !known.has(input)),
      );
      const found = isCut ? recognise(values) : null;
      if (found === null) continue;
      if (found.kind === 'activation') this.#chain.activation(first.words, found.activation, found.slope);
      else this.#chain.affine(first.words, { scale: [found.scale], shift: [found.shift] });
      return { tensor: node.output, place: node.place };
    }
    return undefined;
  }

  /** What a node gives at the samples; undefined unless it works on them and constants element by element. */
  #valuesOf(node: GraphNode, known: ReadonlyMap<string, Float64Array>): Float64Array | undefined {
    const operator = elementwise(node);
    if (operator === undefined) return undefined;
    const inputs: (Float64Array | number | undefined)[] = [];
    for (const name of node.inputs) {
      const input = name === '' ? undefined : (known.get(name) ?? this.#graph.scalar(name));
      if (input === undefined && name !== '') return undefined;
      inputs.push(input);
    }
    return SAMPLES.map((_, i) =>
      operator(inputs.map((input) => (typeof input === 'object' ? input[i] : input)) as number[]),
    );
  }

  #leadsToLabels(users: readonly GraphNode[]): boolean {
    const found = new Set(users);
    for (const node of found) {
      if (!AFTERWARDS.has(node.op)) return false;
      for (const user of this.#graph.usersOf(node.output)) found.add(user);
    }
    return true;
  }
}
