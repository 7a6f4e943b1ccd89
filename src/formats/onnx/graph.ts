/** Builds the graph of an ONNX model, node by node, with names that people can read. */

import { VERSION } from '../../version.js';
import { type ElementType, elementType, type Message } from './fields.js';
import { writeOnnx } from './write.js';

/** The newest of each with which runtimes since May 2022 can do. */
const IR_VERSION = 8;
const OPSET = 17;
const ML_OPSET = 3;
const ML_DOMAIN = 'ai.onnx.ml';

/** The axis of rows: any number of them. */
export const ROWS = 'N';

/** What a node has besides its inputs. */
export type Attributes = Readonly<
  Record<string, number | { float: number } | { ints: readonly number[] } | readonly string[]>
>;

const attributeType = { float: 1, int: 2, ints: 7, texts: 8 };

export class OnnxGraph {
  readonly #names = new Set<string>();
  readonly #nodes: Message<'node'>[] = [];
  readonly #initializers: Message<'tensor'>[] = [];
  readonly #inputs: Message<'value'>[] = [];
  readonly #outputs: Message<'value'>[] = [];
  #usesMl = false;

  /** Adds an input of the model with as many columns for each row; returns its name. */
  input(name: string, type: ElementType, columns: number, doc: string): string {
    const own = this.#unique(name || 'column');
    this.#inputs.push({ ...valueInfo(own, type, [ROWS, columns]), doc });
    return own;
  }

  /** Makes a tensor an output of the model. */
  output(name: string, type: ElementType, dims: readonly (string | number)[], doc: string): void {
    this.#outputs.push({ ...valueInfo(name, type, dims), doc });
  }

  /** Adds a constant tensor, of one dimension unless `dims` says more; returns its name. */
  constant(
    name: string,
    values: Float32Array | Float64Array | BigInt64Array | readonly string[] | readonly boolean[],
    dims: readonly number[] = [values.length],
  ): string {
    const own = this.#unique(name);
    this.#initializers.push({ name: own, dims, ...contentOf(values) });
    return own;
  }

  /** The same of numbers in double. */
  numbers(name: string, values: readonly number[], dims: readonly number[] = [values.length]): string {
    return this.constant(name, Float64Array.from(values), dims);
  }

  /** A place by itself, without a dimension. */
  place(name: string, value: number): string {
    return this.constant(name, BigInt64Array.of(BigInt(value)), []);
  }

  /** Places, axes and sizes. */
  places(name: string, values: readonly number[]): string {
    return this.constant(name, BigInt64Array.from(values, BigInt));
  }

  /**
   * Adds a node.
   *
   * @param name - of its output, and its own; with a number at the end if another tensor has it
   * @param more - names of further outputs
   * @returns the name of the output
   */
  node(
    op: string,
    inputs: readonly string[],
    name: string,
    attributes: Attributes = {},
    more: readonly string[] = [],
  ): string {
    const own = this.#unique(name);
    const isMl = op === 'LabelEncoder';
    this.#usesMl ||= isMl;
    this.#nodes.push({
      name: own,
      op,
      inputs,
      outputs: [own, ...more.map((each) => this.#unique(each))],
      attributes: Object.entries(attributes).map(([key, value]) => attributeOf(key, value)),
      ...(isMl && { domain: ML_DOMAIN }),
    });
    return own;
  }

  /** Tensors side by side, (N, all their columns). */
  join(tensors: readonly string[], name: string): string {
    return tensors.length === 1 ? tensors[0] : this.node('Concat', tensors, name, { axis: 1 });
  }

  /** Some columns of a tensor that has `width` of them, in any order. */
  columns(tensor: string, width: number, places: readonly number[], name: string): string {
    if (places.length === width && places.every((place, i) => place === i)) return tensor;
    return this.node('Gather', [tensor, this.places(`${name}.places`, places)], name, { axis: 1 });
  }

  /** Changes the type of a tensor's elements. */
  cast(tensor: string, type: ElementType, name: string): string {
    return this.node('Cast', [tensor], name, { to: elementType[type] });
  }

  /** The model as the bytes of a file. */
  finish(name: string, metadata: Readonly<Record<string, string>>): Uint8Array {
    return writeOnnx({
      irVersion: IR_VERSION,
      producerName: 'chainrule',
      producerVersion: VERSION,
      opsets: [
        { domain: '', version: OPSET },
        ...(this.#usesMl ? [{ domain: ML_DOMAIN, version: ML_OPSET }] : []),
      ],
      graph: {
        name,
        nodes: this.#nodes,
        initializers: this.#initializers,
        inputs: this.#inputs,
        outputs: this.#outputs,
      },
      metadata: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    });
  }

  /** A name that no other tensor has. Runtimes in C take a zero for its end. */
  #unique(name: string): string {
    const wellFormed = toUtf8(name).replaceAll('\0', '\ufffd');
    let own = wellFormed;
    for (let count = 1; this.#names.has(own); count++) own = `${wellFormed}_${count}`;
    this.#names.add(own);
    return own;
  }
}

/** A text as UTF-8 can write it: without halves of surrogate pairs. */
export function toUtf8(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd');
}

function valueInfo(name: string, type: ElementType, dims: readonly (string | number)[]): Message<'value'> {
  const shape = { dims: dims.map((dim) => (typeof dim === 'string' ? { name: dim } : { size: dim })) };
  return { name, type: { tensor: { elements: elementType[type], shape } } };
}

function contentOf(
  values: Float32Array | Float64Array | BigInt64Array | readonly string[] | readonly boolean[],
): Message<'tensor'> {
  if (values instanceof Float32Array) return { type: elementType.float, raw: bytesOf(values) };
  if (values instanceof Float64Array) return { type: elementType.double, raw: bytesOf(values) };
  if (values instanceof BigInt64Array) return { type: elementType.int64, raw: bytesOf(values) };
  if (typeof values[0] === 'boolean')
    return { type: elementType.boolean, raw: Uint8Array.from(values, Number) };
  return { type: elementType.text, texts: values.map(String) };
}

/** Little-endian, as on every machine with prebuilt engines. */
function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function attributeOf(name: string, value: Attributes[string]): Message<'attribute'> {
  if (typeof value === 'number') return { name, type: attributeType.int, int: value };
  if ('float' in value) return { name, type: attributeType.float, float: value.float };
  if ('ints' in value) return { name, type: attributeType.ints, ints: value.ints };
  return { name, type: attributeType.texts, texts: value };
}
