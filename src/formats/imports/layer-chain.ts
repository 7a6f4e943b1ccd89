/** Makes the options of a network from what other software's files say, step after step from the inputs on. */

import type { Activation } from '../../engine/contract.js';
import { ChainruleError } from '../../error.js';
import { firstNonFinite } from '../../numbers/finite.js';
import type { LayerOptions } from '../../options/layer.js';
import { type Affine, combine, foldIn, foldOut, isScale, type Linear, at as valueAt } from './affine.js';

/** A network as options of `Network`. */
export interface ImportedNetwork {
  inputSize: number;
  layers: LayerOptions[];
  inputScale: boolean;
  /** The first with the scale of the inputs, if there is one. */
  parameters: { weight: Float32Array; bias: Float32Array; scale?: Float32Array }[];
}

interface Layer extends Linear {
  activation: Activation;
  slope: number | undefined;
  dropout: number;
}

/** Every method throws ERR_FILE, with `where`, for a step that no network of ours can take. */
export class LayerChain {
  readonly #file: string;
  readonly #layers: Layer[] = [];
  /** What is done to the columns since the last layer. */
  #pending: Affine | null = null;
  #inputScale: Affine['scale'] | null = null;

  readonly #mostParameters: number;
  #parameters = 0;

  /**
   * @param file - what messages call the file
   * @param bytes - of the file: networks have parameters in proportion, even if layers share some
   */
  constructor(file: string, bytes: number) {
    this.#file = file;
    this.#mostParameters = 4 * bytes;
  }

  /** Columns at this point; undefined before the first layer. */
  get width(): number | undefined {
    return this.#last?.units;
  }

  get #last(): Layer | undefined {
    return this.#layers[this.#layers.length - 1];
  }

  /** Takes over the arrays. */
  linear(where: string, linear: Linear): void {
    const { units, inputs } = linear;
    const last = this.#last;
    if (last?.activation === 'softmax') throw this.refusal(where, 'comes after a softmax');
    if (last !== undefined && last.units !== inputs) {
      throw this.refusal(where, `takes ${inputs} columns, but what comes before it has ${last.units}`);
    }
    if (units < 1 || inputs < 1) throw this.refusal(where, `has a weight of ${units} x ${inputs}`);
    const layer = { ...linear, activation: 'identity' as const, slope: undefined, dropout: 0 };
    this.#count(where, units * inputs);
    this.#settle();
    const pending = this.#pending;
    if (pending !== null) {
      this.#checkWidth(where, pending, inputs);
      if (last === undefined && isScale(pending)) this.#inputScale = pending.scale;
      else if (!foldIn(layer, pending)) {
        throw this.refusal(
          where,
          'takes columns that are shifted by more than 1000 times their scale, which float32 cannot',
        );
      }
      this.#pending = null;
    }
    this.#layers.push(layer);
  }

  affine(where: string, step: Affine): void {
    this.#count(where, Math.max(step.scale.length, step.shift.length) - 1);
    const last = this.#last;
    if (last !== undefined) this.#checkWidth(where, step, last.units);
    this.#pending = this.#pending === null ? step : combine(this.#pending, step);
  }

  /** Gives what is pending to the last layer, if that has no activation. */
  #settle(): void {
    const last = this.#last;
    if (this.#pending === null || last?.activation !== 'identity') return;
    foldOut(last, this.#pending);
    this.#pending = null;
  }

  activation(where: string, activation: Activation, slope?: number): void {
    if (activation === 'identity') return;
    const last = this.#last;
    if (last === undefined) throw this.refusal(where, 'comes before the first dense layer');
    if (last.activation !== 'identity') {
      throw this.refusal(
        where,
        `comes after the activation '${last.activation}' without a dense layer between them`,
      );
    }
    if (activation === 'softmax' && last.units === 1) {
      throw this.refusal(where, 'is a softmax of one unit, which is always 1');
    }
    if (slope !== undefined && slope < 0) throw this.refusal(where, `has the slope ${slope} below 0`);
    this.#settle();
    last.activation = activation;
    last.slope = slope;
  }

  /** What training drops of the last layer. Of the inputs, networks of ours drop nothing. */
  dropout(rate: number): void {
    const last = this.#last;
    if (last !== undefined && rate > 0 && rate < 1) last.dropout = rate;
  }

  finish(): ImportedNetwork {
    this.#settle();
    const last = this.#last;
    if (last === undefined) throw new ChainruleError('ERR_FILE', `${this.#file} has no dense layer`);
    if (this.#pending !== null) {
      const what = `scales the outputs of the activation '${last.activation}'`;
      throw new ChainruleError('ERR_FILE', `${this.#file} ${what}, which no network of ours does`);
    }
    const scale = this.#inputScale;
    const [{ inputs }] = this.#layers;
    const parameters = this.#layers.map((layer, l) => ({
      weight: this.#floats(layer.weight, `the weight of layer ${l} (from 0)`),
      bias: this.#floats(layer.bias, `the bias of layer ${l} (from 0)`),
      ...(l === 0 &&
        scale !== null && {
          scale: this.#floats(
            Float64Array.from({ length: inputs }, (_, i) => valueAt(scale, i)),
            'the scale of the inputs',
          ),
        }),
    }));
    const layers = this.#layers.map(({ units, activation, slope, dropout }, l) => ({
      units,
      activation,
      ...(slope !== undefined && { slope }),
      ...(l < this.#layers.length - 1 && { dropout }),
    }));
    return { inputSize: inputs, layers, inputScale: scale !== null, parameters };
  }

  #floats(values: Float64Array, what: string): Float32Array {
    const floats = Float32Array.from(values);
    const index = firstNonFinite(floats);
    if (index < 0) return floats;
    throw new ChainruleError(
      'ERR_FILE',
      `${what} in ${this.#file} holds ${values[index]}, expected numbers that a float32 can hold`,
    );
  }

  #count(where: string, parameters: number): void {
    this.#parameters += parameters;
    if (this.#parameters > this.#mostParameters) throw this.refusal(where, 'has more weights than the file');
  }

  #checkWidth(where: string, { scale, shift }: Affine, width: number): void {
    for (const { length } of [scale, shift]) {
      if (length === 1 || length === width) continue;
      throw this.refusal(where, `has ${length} numbers for ${width} columns`);
    }
  }

  /** The error for a part of the file that cannot be taken. */
  refusal(where: string, why: string): ChainruleError {
    return new ChainruleError('ERR_FILE', `${where} in ${this.#file} ${why}`);
  }
}
