/** The layout of a network's parameters in the flat array that passes through the seam. */

/** What the layout depends on, of a `NetworkSpec`. */
export interface Shape {
  inputSize: number;
  layers: readonly { units: number; useBias: boolean }[];
  /** Null: there is none. */
  inputScale: object | null;
}

/** A part of a flat array. */
export interface Span {
  start: number;
  end: number;
}

/** Where one layer's parameters are in a flat array. */
export interface LayerLayout {
  inputs: number;
  units: number;
  /** (units, inputs) */
  weight: Span;
  /** (units), or empty for a layer without a bias. */
  bias: Span;
}

/** Where every layer's parameters and the scale of the inputs are, and how many there are. */
export function parameterLayout(spec: Shape): {
  layers: LayerLayout[];
  /** (inputSize), or empty for a network without it. */
  scale: Span;
  length: number;
} {
  let length = 0;
  const take = (count: number): Span => {
    const start = length;
    length += count;
    return { start, end: length };
  };
  let inputs = spec.inputSize;
  const layers = spec.layers.map(({ units, useBias }): LayerLayout => {
    const layout = { inputs, units, weight: take(units * inputs), bias: take(useBias ? units : 0) };
    inputs = units;
    return layout;
  });
  const scale = take(spec.inputScale === null ? 0 : spec.inputSize);
  return { layers, scale, length };
}
