import type { LayerSpec, NetworkSpec } from '../contract.js';
import { type LayerLayout, parameterLayout, type Span } from '../layout.js';
import { labelSmoothing, type Smoothing } from './label-smoothing.js';
import type { FloatArray } from './vector.js';

/** One layer with its shape and where its parameters are. */
export interface LayerPlan extends LayerSpec, LayerLayout {}

/** Everything that follows from a spec alone, computed once. */
export interface NetworkPlan {
  inputSize: number;
  /** Units of the last layer. */
  outputs: number;
  layers: LayerPlan[];
  /** Where the scale of the inputs is; empty if there is none. */
  scale: Span;
  parameterCount: number;
  smoothing: Smoothing;
}

/** What follows from `spec`. */
export function planNetwork(spec: NetworkSpec): NetworkPlan {
  const { layers, scale, length } = parameterLayout(spec);
  const outputs = layers[layers.length - 1].units;
  return {
    inputSize: spec.inputSize,
    outputs,
    layers: spec.layers.map((layer, l) => ({ ...layer, ...layers[l] })),
    scale,
    parameterCount: length,
    smoothing: labelSmoothing(spec, outputs),
  };
}

/** Parameters of a network, or anything that has one number for each: gradients, moments. */
export interface ParameterTensors {
  /** All of them, (parameterCount). */
  flat: FloatArray;
  /** Views of `flat`, one pair for each layer. */
  layers: LayerTensors[];
  /** (inputSize), or empty. */
  scale: FloatArray;
}

export interface LayerTensors {
  /** (units, inputs) */
  weight: FloatArray;
  /** (units), or null for a layer without bias. */
  bias: FloatArray | null;
}

/** Views of the parts of `flat`, (parameterCount), without copying. */
export function viewParameters(plan: NetworkPlan, flat: FloatArray): ParameterTensors {
  const layers = plan.layers.map(({ weight, bias, useBias }) => ({
    weight: flat.subarray(weight.start, weight.end),
    bias: useBias ? flat.subarray(bias.start, bias.end) : null,
  }));
  return { flat, layers, scale: flat.subarray(plan.scale.start, plan.scale.end) };
}
