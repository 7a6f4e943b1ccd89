/**
 * The messages of ONNX (onnx.proto of version 1.12, ir 8) as far as networks need them: for each field its number and
 * how it is written. Other fields are skipped when a file is read, the bodies of loops and branches among them.
 */

/** The types of a tensor's elements, by their codes. */
export const elementType = { float: 1, int64: 7, text: 8, boolean: 9, float16: 10, double: 11 } as const;

export type ElementType = keyof typeof elementType;

export type MessageName =
  | 'model'
  | 'opset'
  | 'entry'
  | 'graph'
  | 'node'
  | 'attribute'
  | 'tensor'
  | 'value'
  | 'type'
  | 'tensorType'
  | 'shape'
  | 'dim';

/** How a field is written: a scalar, numbers in a row, or another message. */
export type FieldKind = keyof Scalars | MessageName;

/** What fields hold that are no messages. */
interface Scalars {
  text: string;
  bytes: Uint8Array;
  int: number;
  float: number;
  ints: readonly number[];
  floats: ArrayLike<number>;
}

export interface Field {
  readonly number: number;
  readonly kind: FieldKind;
  /** Whether there may be several values. Those of `ints` and `floats` are one list. */
  readonly isList: boolean;
}

const one = <K extends FieldKind>(number: number, kind: K) => ({ number, kind, isList: false }) as const;
const many = <K extends FieldKind>(number: number, kind: K) => ({ number, kind, isList: true }) as const;

export const messages = {
  model: {
    irVersion: one(1, 'int'),
    producerName: one(2, 'text'),
    producerVersion: one(3, 'text'),
    graph: one(7, 'graph'),
    opsets: many(8, 'opset'),
    metadata: many(14, 'entry'),
  },
  opset: { domain: one(1, 'text'), version: one(2, 'int') },
  entry: { key: one(1, 'text'), value: one(2, 'text') },
  graph: {
    nodes: many(1, 'node'),
    name: one(2, 'text'),
    initializers: many(5, 'tensor'),
    inputs: many(11, 'value'),
    outputs: many(12, 'value'),
  },
  node: {
    inputs: many(1, 'text'),
    outputs: many(2, 'text'),
    name: one(3, 'text'),
    op: one(4, 'text'),
    attributes: many(5, 'attribute'),
    domain: one(7, 'text'),
  },
  attribute: {
    name: one(1, 'text'),
    float: one(2, 'float'),
    int: one(3, 'int'),
    text: one(4, 'bytes'),
    tensor: one(5, 'tensor'),
    floats: one(7, 'floats'),
    ints: one(8, 'ints'),
    texts: many(9, 'text'),
    type: one(20, 'int'),
  },
  tensor: {
    dims: one(1, 'ints'),
    type: one(2, 'int'),
    floats: one(4, 'floats'),
    texts: many(6, 'text'),
    ints: one(7, 'ints'),
    name: one(8, 'text'),
    raw: one(9, 'bytes'),
    /** Doubles in a row. */
    doubles: one(10, 'bytes'),
    /** 1 if the values are in another file. */
    location: one(14, 'int'),
  },
  value: { name: one(1, 'text'), type: one(2, 'type'), doc: one(3, 'text') },
  type: { tensor: one(1, 'tensorType') },
  tensorType: { elements: one(1, 'int'), shape: one(2, 'shape') },
  shape: { dims: many(1, 'dim') },
  dim: { size: one(1, 'int'), name: one(2, 'text') },
} as const satisfies Record<MessageName, Readonly<Record<string, Field>>>;

/** A message as an object. Any field may be absent. */
export type Message<N extends MessageName> = {
  [F in keyof (typeof messages)[N]]?: (typeof messages)[N][F] extends {
    kind: infer K extends FieldKind;
    isList: infer L;
  }
    ? L extends true
      ? readonly ValueOf<K>[]
      : ValueOf<K>
    : never;
};

type ValueOf<K extends FieldKind> = K extends keyof Scalars
  ? Scalars[K]
  : K extends MessageName
    ? Message<K>
    : never;
