import type { LayerSpec, NetworkSpec } from '../contract.js';
import { labelSmoothing, type Smoothing } from './loss.js';

/** Numbers of a tensor: float32 in the engine, float64 where a gradient is checked. */
export type FloatArray = Float32Array | Float64Array;

/** One layer with its shape and the place of its parameters among all. */
export interface LayerPlan extends LayerSpec {
  /** Units of the layer below, or the network's inputs. */
  inputs: number;
  /** Where the weight, (units, inputs) row-major, begins in the flat parameters. */
  weightOffset: number;
  /** Where the bias, (units), begins; unused without one. */
  biasOffset: number;
}

/** Everything that follows from a spec alone, worked out once. */
export interface NetworkPlan {
  inputSize: number;
  /** Units of the last layer. */
  outputs: number;
  layers: LayerPlan[];
  parameterCount: number;
  smoothing: Smoothing;
}

/** Lays the parameters of all layers end to end: weight, then bias if there is one. */
export function planNetwork(spec: NetworkSpec): NetworkPlan {
  const layers: LayerPlan[] = [];
  let inputs = spec.inputSize;
  let offset = 0;
  for (const layer of spec.layers) {
    const weightOffset = offset;
    const biasOffset = weightOffset + layer.units * inputs;
    offset = biasOffset + (layer.useBias ? layer.units : 0);
    layers.push({ ...layer, inputs, weightOffset, biasOffset });
    inputs = layer.units;
  }
  return {
    inputSize: spec.inputSize,
    outputs: inputs,
    layers,
    parameterCount: offset,
    smoothing: labelSmoothing(spec, inputs),
  };
}

/** Parameters of a network, or anything that has one number for each: gradients, moments. */
export interface ParameterTensors {
  /** All of them, (parameterCount). */
  flat: FloatArray;
  /** Views of `flat`, one pair for each layer. */
  layers: LayerTensors[];
}

export interface LayerTensors {
  /** (units, inputs) */
  weight: FloatArray;
  /** (units), or null for a layer without bias. */
  bias: FloatArray | null;
}

/** Names the parts of `flat`, (parameterCount), without copying. */
export function viewParameters(plan: NetworkPlan, flat: FloatArray): ParameterTensors {
  const layers = plan.layers.map(({ weightOffset, biasOffset, units, useBias }) => ({
    weight: flat.subarray(weightOffset, biasOffset),
    bias: useBias ? flat.subarray(biasOffset, biasOffset + units) : null,
  }));
  return { flat, layers };
}
