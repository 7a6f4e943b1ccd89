/** Gradient descent on any function, step by step: what a fit does, made visible. */

import { ChainruleError, show } from '../error.js';
import {
  boolean,
  integer,
  nonNegative,
  optional,
  optionsObject,
  positive,
  unexpected,
} from '../options/checks.js';

/** How to descend. */
export interface MinimizeOptions {
  /** What each step multiplies the gradient by, above 0. Default 0.1. */
  learningRate?: number | undefined;
  /** Whether to ascend to a maximum instead of descending. Default false. */
  maximize?: boolean | undefined;
  /** Converged if a step changes f by less than this. Default 0: never. */
  functionTolerance?: number | undefined;
  /** Converged if the L2 norm of the gradient is less than this. Default 1e-6; 0: never. */
  gradientTolerance?: number | undefined;
  /** The most steps. Default 1000. */
  maxSteps?: number | undefined;
}

/** The result of a descent. */
export interface MinimizeResult {
  /** The last point. */
  x: number[];
  /** f there. */
  value: number;
  /** Steps taken: points of the trajectory, not counting x0. */
  steps: number;
  /**
   * 'converged': by one of the tolerances; 'maxSteps'; 'diverged': f or its gradient is NaN or infinite at x
   * or at the point that would have followed.
   */
  stoppedBy: 'converged' | 'maxSteps' | 'diverged';
  /** x0, x1, ..., x. */
  trajectory: number[][];
}

const OPTIONS = [
  'learningRate',
  'maximize',
  'functionTolerance',
  'gradientTolerance',
  'maxSteps',
] as const satisfies (keyof MinimizeOptions)[];

const stepCount = integer(0, 2 ** 31 - 1);

/**
 * Minimises f by steps x -= learningRate * grad(x) (Cauchy, 1847). On f(x1, x2) = x1² + x1 x2 + 4 x2² from
 * (3, 3) a rate of 0.1 leads smoothly to the minimum; one of 0.2 zig-zags in x2, whose curvature is about 8,
 * and still gets there, since |1 - 0.2 * 8.16| < 1; beyond 2 / 8.16 it diverges.
 *
 * @param f - the function of a point, (n)
 * @param grad - its gradient, (n), at a point
 * @param x0 - where to begin, (n)
 * @throws {@link ChainruleError} ERR_OPTION; ERR_DATA if x0 holds, or f or grad return, anything but numbers;
 * ERR_SHAPE if the gradient is not as long as x0
 */
export function minimize(
  f: (x: readonly number[]) => number,
  grad: (x: readonly number[]) => ArrayLike<number>,
  x0: ArrayLike<number>,
  options: MinimizeOptions = {},
): MinimizeResult {
  const given = optionsObject(options, OPTIONS, 'the options of minimize');
  const learningRate = optional(given.learningRate, 'learningRate', positive, 0.1);
  const maximize = optional(given.maximize, 'maximize', boolean, false);
  const functionTolerance = optional(given.functionTolerance, 'functionTolerance', nonNegative, 0);
  const gradientTolerance = optional(given.gradientTolerance, 'gradientTolerance', nonNegative, 1e-6);
  const maxSteps = optional(given.maxSteps, 'maxSteps', stepCount, 1000);
  if (typeof f !== 'function') throw unexpected('f', f, 'a function');
  if (typeof grad !== 'function') throw unexpected('grad', grad, 'a function');

  const rate = maximize ? learningRate : -learningRate;
  let x = pointOf(x0);
  let value = valueAt(f, x);
  const trajectory = [x];
  const end = (stoppedBy: MinimizeResult['stoppedBy']): MinimizeResult => ({
    x,
    value,
    steps: trajectory.length - 1,
    stoppedBy,
    trajectory,
  });
  if (!Number.isFinite(value)) return end('diverged');
  for (;;) {
    const gradient = gradientAt(grad, x);
    const norm = Math.sqrt(gradient.reduce((sum, slope) => sum + slope * slope, 0));
    if (!Number.isFinite(norm)) return end('diverged');
    if (norm < gradientTolerance) return end('converged');
    if (trajectory.length > maxSteps) return end('maxSteps');

    const next = x.map((coordinate, i) => coordinate + rate * gradient[i]);
    const nextValue = valueAt(f, next);
    if (!Number.isFinite(nextValue)) return end('diverged');
    const change = Math.abs(nextValue - value);
    [x, value] = [next, nextValue];
    trajectory.push(x);
    if (change < functionTolerance) return end('converged');
  }
}

function pointOf(x0: ArrayLike<number>): number[] {
  const isList = typeof x0 === 'object' && x0 !== null && x0.length > 0;
  if (!isList) throw new ChainruleError('ERR_DATA', `x0 is ${show(x0)}, expected an array of numbers`);
  const point = Array.from(x0);
  const wrong = point.findIndex((coordinate) => !Number.isFinite(coordinate));
  if (wrong >= 0) {
    throw new ChainruleError('ERR_DATA', `x0 holds ${show(point[wrong])} in place ${wrong} (from 0)`);
  }
  return point;
}

function valueAt(f: (x: readonly number[]) => number, x: readonly number[]): number {
  const value: unknown = f(x);
  if (typeof value !== 'number') {
    throw new ChainruleError('ERR_DATA', `f returned ${show(value)}, expected a number`);
  }
  return value;
}

function gradientAt(grad: (x: readonly number[]) => ArrayLike<number>, x: readonly number[]): number[] {
  const gradient: unknown = grad(x);
  const isList = Array.isArray(gradient) || ArrayBuffer.isView(gradient);
  if (!isList) {
    throw new ChainruleError('ERR_DATA', `grad returned ${show(gradient)}, expected an array of numbers`);
  }
  const values: unknown[] = Array.from(gradient as ArrayLike<unknown>);
  if (values.length !== x.length) {
    throw new ChainruleError(
      'ERR_SHAPE',
      `grad returned ${values.length} values, expected ${x.length} as in x0`,
    );
  }
  for (const value of values) {
    if (typeof value !== 'number') {
      throw new ChainruleError('ERR_DATA', `grad returned an array with ${show(value)}, expected numbers`);
    }
  }
  return values as number[];
}
