/** Compares central differences of a loss with its gradients, tensor by tensor. */

import type { NetworkSpec } from '../engine/contract.js';
import { parameterLayout, type Span } from '../engine/layout.js';
import { boundedInteger, randomWord, Stream } from '../numbers/random.js';

/** How far the gradients of one tensor are from the central differences. */
export interface TensorCheck {
  /** Index of the layer; 0 for the scale of the inputs. */
  layer: number;
  tensor: 'weight' | 'bias' | 'scale';
  /** Elements that were compared. */
  checked: number;
  /** Elements that were skipped because their step crosses the kink of an activation like relu, or of the loss. */
  atKinks: number;
  /**
   * Largest difference between the float64 gradient and the central difference, relative to the larger of the
   * two, but at least to a hundredth of the tensor's largest gradient, and to a value so large that the
   * rounding of the loss alone cannot fail.
   */
  relativeError: number;
  /** Where it is: row of the weight or index in the bias or scale; null if nothing could be compared. */
  row: number | null;
  /** 0 for a bias or scale. */
  column: number | null;
  /** Largest difference between the engine's float32 gradient and the float64 one, relative in the same way. */
  engineError: number;
  engineRow: number | null;
  engineColumn: number | null;
  /** Whether `relativeError` is at most 1e-5 and `engineError` at most 1e-3. */
  passed: boolean;
}

/** A loss as a function of parameters, and the gradients to compare with it. */
export interface GradientComparison {
  spec: NetworkSpec;
  /** Flat; moved and put back, element by element. */
  parameters: { [index: number]: number };
  /** The loss for the current parameters. */
  loss: () => number;
  /** The side of each kink on which the latest `loss` was. */
  sides: () => Uint8Array;
  /** In float64. */
  gradients: ArrayLike<number>;
  /** The engine's. */
  engineGradients: ArrayLike<number>;
  biasStep: number;
  /** By layer. */
  weightSteps: readonly number[];
  scaleStep: number;
  checksPerTensor: number;
}

const TOLERANCE = 1e-5;
const ENGINE_TOLERANCE = 1e-3;
/** Smaller gradients carry the rounding errors of the large ones in their tensor. */
const FLOOR = 0.01;
/** Rounding error of a loss relative to it: a few operations' worth of float64. */
const LOSS_ROUNDING = 8 * Number.EPSILON;

/** Weight and bias of each layer, from the first; then the scale of the inputs. */
export function compareGradients(comparison: GradientComparison): TensorCheck[] {
  const { layers, scale } = parameterLayout(comparison.spec);
  const tensors = layers.flatMap(({ inputs, weight, bias }, layer) => {
    const checks = [
      compareTensor(comparison, layer, 'weight', weight, inputs, comparison.weightSteps[layer]),
    ];
    if (bias.end > bias.start) {
      checks.push(compareTensor(comparison, layer, 'bias', bias, 1, comparison.biasStep));
    }
    return checks;
  });
  if (scale.end > scale.start) {
    tensors.push(compareTensor(comparison, 0, 'scale', scale, 1, comparison.scaleStep));
  }
  return tensors;
}

function compareTensor(
  comparison: GradientComparison,
  layer: number,
  tensor: TensorCheck['tensor'],
  span: Span,
  columns: number,
  step: number,
): TensorCheck {
  const { gradients, engineGradients } = comparison;
  let largest = 0;
  for (let i = span.start; i < span.end; i++) largest = Math.max(largest, Math.abs(gradients[i]));
  const worst = new Worst(span, columns, FLOOR * largest);
  const engineWorst = new Worst(span, columns, FLOOR * largest);

  let checked = 0;
  let atKinks = 0;
  for (const i of chosen(comparison, span)) {
    engineWorst.add(i, engineGradients[i], gradients[i], 0);
    const difference = centralDifference(comparison, i, step);
    if (difference === null) {
      atKinks++;
      continue;
    }
    checked++;
    worst.add(i, gradients[i], difference.slope, difference.rounding / TOLERANCE);
  }
  return {
    layer,
    tensor,
    checked,
    atKinks,
    relativeError: worst.error,
    row: worst.row,
    column: worst.column,
    engineError: engineWorst.error,
    engineRow: engineWorst.row,
    engineColumn: engineWorst.column,
    passed: worst.error <= TOLERANCE && engineWorst.error <= ENGINE_TOLERANCE,
  };
}

/** All elements of a tensor, or a sample of them. */
function chosen({ spec, checksPerTensor }: GradientComparison, { start, end }: Span): number[] {
  const length = end - start;
  if (length <= checksPerTensor) return Array.from({ length }, (_, i) => start + i);
  return Array.from(
    { length: checksPerTensor },
    (_, i) => start + boundedInteger(randomWord(spec.seed, Stream.order, start, i), length),
  );
}

/** The slope of the loss in element `i`, and how much of it may be rounding; null at a kink. */
function centralDifference(
  { parameters, loss, sides }: GradientComparison,
  i: number,
  step: number,
): { slope: number; rounding: number } | null {
  const here = parameters[i];
  parameters[i] = here + step;
  const above = loss();
  const sidesAbove = sides();
  parameters[i] = here - step;
  const below = loss();
  const sidesBelow = sides();
  parameters[i] = here;
  if (sidesAbove.some((side, unit) => side !== sidesBelow[unit])) return null;
  return {
    slope: (above - below) / (2 * step),
    rounding: (LOSS_ROUNDING * (Math.abs(above) + Math.abs(below))) / (2 * step),
  };
}

/** The largest relative error of a tensor so far, and where. */
class Worst {
  error = 0;
  row: number | null = null;
  column: number | null = null;

  constructor(
    private readonly span: Span,
    private readonly columns: number,
    private readonly floor: number,
  ) {}

  /** The error is relative to `least` at least. */
  add(i: number, actual: number, expected: number, least: number): void {
    const scale = Math.max(Math.abs(actual), Math.abs(expected), this.floor, least);
    const difference = Math.abs(actual - expected);
    // Written so that a NaN counts as the worst error.
    const error = difference === 0 ? 0 : difference / scale;
    if (this.row !== null && error <= this.error) return;
    this.error = Number.isNaN(error) ? Infinity : error;
    this.row = Math.floor((i - this.span.start) / this.columns);
    this.column = (i - this.span.start) % this.columns;
  }
}
