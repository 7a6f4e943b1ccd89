/** The forward pass of a network with the formulas of the reference engine, without what only training needs. */

import type { Activation } from '../engine/contract.js';
import { parameterLayout } from '../engine/layout.js';
import { activate } from '../engine/reference/activation.js';
import { gemm } from '../engine/reference/gemm.js';
import { finiteOutputs } from '../network/finite-outputs.js';
import type { NetworkState } from '../network/module.js';

/** Rows that are computed together: few enough for a core's cache. */
const ROWS_PER_BLOCK = 256;

/** Little-endian float32 numbers from base64. */
export function floatsOf(base64: string): Float32Array {
  const bytes = atob(base64);
  const view = new DataView(new ArrayBuffer(bytes.length));
  for (let i = 0; i < bytes.length; i++) view.setUint8(i, bytes.charCodeAt(i));
  const floats = new Float32Array(bytes.length / 4);
  for (let i = 0; i < floats.length; i++) floats[i] = view.getFloat32(4 * i, true);
  return floats;
}

export class ForwardPass {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly #layers: readonly Layer[];
  /** (inputSize), or empty for none. */
  readonly #scale: Float32Array;

  /** @param base64 - the flat parameters, see `BackendNetwork` */
  constructor(state: NetworkState, base64: string) {
    const parameters = floatsOf(base64);
    const { layers, scale } = parameterLayout(state);
    this.#scale = parameters.subarray(scale.start, scale.end);
    this.#layers = layers.map(({ inputs, units, weight, bias }, l) => ({
      inputs,
      units,
      activation: state.layers[l].activation,
      slope: state.layers[l].slope,
      weight: parameters.subarray(weight.start, weight.end),
      bias: parameters.subarray(bias.start, bias.end),
    }));
    this.inputSize = state.inputSize;
    this.outputSize = layers[layers.length - 1].units;
  }

  /** (rows, outputSize) from (rows, inputSize). Throws ERR_DATA if an output is beyond float32. */
  predict(x: Float32Array): Float32Array {
    const rows = x.length / this.inputSize;
    const outputs = new Float32Array(rows * this.outputSize);
    for (let from = 0; from < rows; from += ROWS_PER_BLOCK) {
      const to = Math.min(from + ROWS_PER_BLOCK, rows);
      let below = this.#scaled(x.subarray(from * this.inputSize, to * this.inputSize));
      for (const layer of this.#layers) below = outputsOf(layer, below, to - from);
      outputs.set(below, from * this.outputSize);
    }
    return finiteOutputs(outputs, this.outputSize);
  }

  #scaled(x: Float32Array): Float32Array {
    const { length } = this.#scale;
    return length === 0 ? x : x.map((value, i) => value * this.#scale[i % length]);
  }
}

interface Layer {
  inputs: number;
  units: number;
  activation: Activation;
  slope: number;
  /** (units, inputs) */
  weight: Float32Array;
  /** (units), or empty. */
  bias: Float32Array;
}

function outputsOf(layer: Layer, below: Float32Array, rows: number): Float32Array {
  const { inputs, units, activation, slope, weight, bias } = layer;
  const z = new Float32Array(rows * units);
  if (bias.length > 0) for (let row = 0; row < rows; row++) z.set(bias, row * units);
  gemm(false, true, rows, units, inputs, below, weight, z);
  // In place: every formula has read what it overwrites.
  activate(activation, slope, rows, units, z, z);
  return z;
}
