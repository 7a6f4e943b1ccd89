/** A network's shapes and numbers of parameters, for people. */

import type { Activation, NetworkSpec } from '../engine/contract.js';
import { parameterLayout } from '../engine/layout.js';

/** One layer of a `NetworkSummary`. */
export interface LayerSummary {
  activation: Activation;
  /** Number of inputs, from the layer below or from x. */
  inputs: number;
  /** Number of outputs. */
  units: number;
  /** Shape of the weight, (out, in). */
  weightShape: [units: number, inputs: number];
  /** Shape of the bias, (out), or null without one. */
  biasShape: [units: number] | null;
  /** units * inputs weights, and units biases if there are any. */
  parameterCount: number;
  /** Fraction of its outputs that training drops. */
  dropout: number;
}

/** What a network consists of. */
export interface NetworkSummary {
  layers: LayerSummary[];
  /** Shape of the scale of the inputs, (inputSize), or null without one. */
  inputScaleShape: [inputSize: number] | null;
  /** Number of parameters of all layers and the scale together. */
  parameterCount: number;
  /** A table with a line for each layer, after one for the scale of the inputs. */
  toString(): string;
}

/** The summary of a network of this spec. */
export function summarise(spec: NetworkSpec): NetworkSummary {
  const { layers, scale, length } = parameterLayout(spec);
  const summary = {
    layers: layers.map(({ inputs, units, weight, bias }, l): LayerSummary => {
      const { activation, useBias, dropout } = spec.layers[l];
      return {
        activation,
        inputs,
        units,
        weightShape: [units, inputs],
        biasShape: useBias ? [units] : null,
        parameterCount: weight.end - weight.start + bias.end - bias.start,
        dropout,
      };
    }),
    inputScaleShape: scale.end > scale.start ? ([spec.inputSize] as [number]) : null,
    parameterCount: length,
  };
  // Not enumerable, so that the summary is plain data to JSON and to comparisons.
  return Object.defineProperty(summary, 'toString', { value: () => toTable(summary) });
}

function toTable({ layers, inputScaleShape, parameterCount }: Omit<NetworkSummary, 'toString'>): string {
  const header = ['layer', 'activation', 'weight', 'bias', 'parameters'];
  const lines = layers.map((layer, l) => [
    `layers[${l}]`,
    layer.dropout > 0 ? `${layer.activation}, dropout ${layer.dropout}` : layer.activation,
    `(${layer.weightShape.join(', ')})`,
    layer.biasShape === null ? '' : `(${layer.biasShape})`,
    String(layer.parameterCount),
  ]);
  if (inputScaleShape !== null) {
    lines.unshift(['inputScale', '', `(${inputScaleShape})`, '', String(inputScaleShape[0])]);
  }
  const table = [header, ...lines, ['total', '', '', '', String(parameterCount)]];
  const widths = header.map((_, column) => Math.max(...table.map((cells) => cells[column].length)));
  return table
    .map((cells) =>
      cells
        // Numbers are right-aligned.
        .map((cell, i) => (i === cells.length - 1 ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
        .join('  '),
    )
    .join('\n');
}
