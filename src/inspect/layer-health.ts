/** How the layers of a trained network are doing on some rows, whatever their activation is. */

import type { Activation, NetworkSpec } from '../engine/contract.js';
import { activations } from '../engine/kinds.js';
import { activate, multiplyByDerivative } from '../engine/reference/activation.js';
import { createModel } from '../engine/reference/model.js';
import { forward } from '../engine/reference/step.js';
import { sumOfSquares } from '../engine/reference/vector.js';
import { newDoubles } from '../numbers/allocate.js';

/** The health of one layer. */
export interface LayerHealth {
  units: number;
  activation: Activation;
  /** L2 norm of the weight, without the bias. */
  weightNorm: number;
  /** Root of the mean square of what the units put out. */
  outputSize: number;
  /**
   * Share of the (row, unit) pairs whose derivative is below a twelfth of the activation's largest one: they pass
   * hardly any gradient. null for identity and softmax, which always pass one.
   */
  flat: number | null;
  /** Whether about half of the pairs are flat if all is well, as with relu. */
  isHalfFlat: boolean;
  /** Units that are flat on every row: they learn no more. null as above. */
  idle: number | null;
}

/** At this share of its largest derivative, sigmoid is at 0.02 or 0.98, and tanh at -0.96 or 0.96. */
const FLAT = 0.0784;
const WIDEST = 8;
const POINTS = 1601;

/**
 * The health of every layer, without dropout.
 *
 * @param parameters - flat, as in `NetworkSpec`'s layout
 * @param inputs - (rows, inputSize)
 */
export function layerHealth(
  spec: NetworkSpec,
  parameters: Float32Array,
  inputs: Float32Array,
  rows: number,
): LayerHealth[] {
  const model = createModel(spec, parameters);
  forward(model, inputs, rows);
  const { logits, outputs } = model.workspace;
  return model.plan.layers.map(({ units, activation, slope }, l) => {
    const common = {
      units,
      activation,
      isHalfFlat: 'canDie' in activations[activation],
      weightNorm: Math.sqrt(sumOfSquares(model.parameters.layers[l].weight)),
      outputSize: Math.sqrt(sumOfSquares(outputs[l].subarray(0, rows * units)) / (rows * units)),
    };
    if (activation === 'identity' || activation === 'softmax') return { ...common, flat: null, idle: null };
    const slopes = newDoubles(rows * units, 'the slopes of a layer').fill(1);
    multiplyByDerivative(activation, slope, rows, units, logits[l], outputs[l], slopes);
    return { ...common, ...countFlat(slopes, units, FLAT * steepest(activation, slope)) };
  });
}

/** The largest derivative of an activation, on a grid. */
function steepest(activation: Activation, slope: number): number {
  const z = Float64Array.from({ length: POINTS }, (_, i) => (2 * WIDEST * i) / (POINTS - 1) - WIDEST);
  const a = new Float64Array(POINTS);
  const slopes = new Float64Array(POINTS).fill(1);
  activate(activation, slope, POINTS, 1, z, a);
  multiplyByDerivative(activation, slope, POINTS, 1, z, a, slopes);
  return slopes.reduce((most, each) => Math.max(most, Math.abs(each)), 0);
}

function countFlat(slopes: Float64Array, units: number, limit: number): { flat: number; idle: number } {
  const active = new Uint8Array(units);
  let flat = 0;
  for (let i = 0; i < slopes.length; i++) {
    if (Math.abs(slopes[i]) < limit) flat++;
    else active[i % units] = 1;
  }
  const idle = active.reduce((count, each) => count + (each === 0 ? 1 : 0), 0);
  return { flat: flat / slopes.length, idle };
}
