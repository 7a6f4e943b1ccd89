import { describe, expect, it } from 'vitest';

import { type MinimizeOptions, minimize } from '../../src/index.js';
import { expectError } from '../errors.js';

/** f(x1, x2) = x1² + x1 x2 + 4 x2², with its minimum of 0 at the origin. */
const f = ([x1, x2]: readonly number[]) => x1 * x1 + x1 * x2 + 4 * x2 * x2;
const grad = ([x1, x2]: readonly number[]) => [2 * x1 + x2, x1 + 8 * x2];
const x0 = [3, 3];

const never = { functionTolerance: 0, gradientTolerance: 0 };

describe('the two paths down the quadratic', () => {
  const path = (learningRate: number) =>
    minimize(f, grad, x0, { ...never, learningRate, maxSteps: 60 }).trajectory;

  /** How often x2 changes its sign. */
  const crossings = (points: number[][]) =>
    points.filter(([, x2], k) => k > 0 && Math.sign(x2) !== Math.sign(points[k - 1][1])).length;

  it('begins at x0 and goes against the gradient', () => {
    const [first, second, third] = path(0.1);
    expect(first).toEqual([3, 3]);
    // The gradient at (3, 3) is (9, 27), at (2.1, 0.3) it is (4.5, 4.5).
    expect(second).toEqual([expect.closeTo(2.1, 12), expect.closeTo(0.3, 12)]);
    expect(third).toEqual([expect.closeTo(1.65, 12), expect.closeTo(-0.15, 12)]);
  });

  it('is smooth with a rate of 0.1', () => {
    const points = path(0.1);
    expect(crossings(points)).toBe(1);
    points.slice(1).forEach(([x1, x2], k) => {
      expect(Math.hypot(x1, x2)).toBeLessThan(Math.hypot(...points[k]));
    });
    expect(Math.hypot(...points[60])).toBeLessThan(1e-3);
  });

  it('zig-zags in x2 with a rate of 0.2, and still reaches the minimum', () => {
    const points = path(0.2);
    expect(crossings(points.slice(0, 25))).toBe(24);
    // The eigenvalues of the Hessian are 5 ± sqrt(10), 8.16 the larger: a step multiplies by ∓0.632 along
    // them, two steps by (0.2 * 8.16 - 1)² = 0.4.
    points.slice(2).forEach((point, k) => {
      expect(point).toEqual(points[k].map((coordinate) => expect.closeTo(0.4 * coordinate, 12)));
    });
    expect(Math.hypot(...points[60])).toBeLessThan(1e-9);
  });

  it('follows its matrix, step by step', () => {
    let [x1, x2] = x0;
    for (const point of path(0.2)) {
      expect(point).toEqual([expect.closeTo(x1, 12), expect.closeTo(x2, 12)]);
      [x1, x2] = [0.6 * x1 - 0.2 * x2, -0.2 * x1 - 0.6 * x2];
    }
  });
});

describe('where it stops', () => {
  const run = (options: MinimizeOptions) => minimize(f, grad, x0, { learningRate: 0.1, ...options });

  it('converges by the change of f alone', () => {
    const { stoppedBy, trajectory, steps, x, value } = run({ ...never, functionTolerance: 1e-4 });
    expect(stoppedBy).toBe('converged');
    expect(trajectory).toHaveLength(steps + 1);
    expect(x).toEqual(trajectory[steps]);
    expect(value).toBe(f(x));
    const changes = trajectory.slice(1).map((point, k) => Math.abs(f(point) - f(trajectory[k])));
    expect(changes.findIndex((change) => change < 1e-4)).toBe(steps - 1);
  });

  it('converges by the norm of the gradient alone', () => {
    const { stoppedBy, trajectory, steps } = run({ ...never, gradientTolerance: 1e-3 });
    expect(stoppedBy).toBe('converged');
    expect(trajectory.findIndex((point) => Math.hypot(...grad(point)) < 1e-3)).toBe(steps);
  });

  it('takes no step if it has already converged', () => {
    expect(minimize(f, grad, [0, 0])).toEqual({
      x: [0, 0],
      value: 0,
      steps: 0,
      stoppedBy: 'converged',
      trajectory: [[0, 0]],
    });
  });

  it('continues to the last step without tolerances', () => {
    expect(run({ ...never, maxSteps: 7 })).toMatchObject({ steps: 7, stoppedBy: 'maxSteps' });
    expect(run({ ...never, maxSteps: 0 })).toMatchObject({ x: x0, steps: 0, stoppedBy: 'maxSteps' });
    expect(run(never)).toMatchObject({ steps: 1000, stoppedBy: 'maxSteps' });
  });

  it('reports divergence, and stays at the last point with a finite value', () => {
    const { stoppedBy, x, value, trajectory } = run({ learningRate: 0.3, maxSteps: 10_000 });
    expect(stoppedBy).toBe('diverged');
    expect(x).toEqual(trajectory.at(-1));
    expect(Number.isFinite(value)).toBe(true);
    expect(value).toBeGreaterThan(1e300);
    const nowhere = minimize(
      () => Number.NaN,
      () => [0],
      [1],
    );
    expect(nowhere).toMatchObject({ stoppedBy: 'diverged', steps: 0, x: [1] });
    const steep = minimize(
      ([a]) => a,
      ([a]) => [1 / a],
      [0],
    );
    expect(steep).toMatchObject({ stoppedBy: 'diverged', steps: 0, value: 0 });
  });
});

it('climbs to a maximum', () => {
  const { x, value, stoppedBy } = minimize(
    ([a]) => 5 - (a - 2) ** 2,
    ([a]) => [-2 * (a - 2)],
    [-4],
    { maximize: true },
  );
  expect(stoppedBy).toBe('converged');
  expect(x[0]).toBeCloseTo(2, 6);
  expect(value).toBeCloseTo(5, 12);
});

it('takes typed arrays', () => {
  const gradient = (x: readonly number[]) => Float32Array.from(grad(x));
  expect(minimize(f, gradient, Float64Array.of(3, 3)).value).toBeLessThan(1e-12);
});

it.each<[unknown[], 'ERR_OPTION' | 'ERR_DATA' | 'ERR_SHAPE', string]>([
  [[f, grad, []], 'ERR_DATA', 'x0 is an array, expected an array of numbers'],
  [[f, grad, 3], 'ERR_DATA', 'x0 is 3'],
  [[f, grad, [1, Number.NaN]], 'ERR_DATA', 'x0 holds NaN in place 1'],
  [[f, grad, [1, '2']], 'ERR_DATA', "x0 holds '2' in place 1"],
  [[3, grad, x0], 'ERR_OPTION', 'f is 3, expected a function'],
  [[f, [1], x0], 'ERR_OPTION', 'grad is an array, expected a function'],
  [[async () => 1, grad, x0], 'ERR_DATA', 'f returned an object of type Promise, expected a number'],
  [[f, () => 1, x0], 'ERR_DATA', 'grad returned 1, expected an array of numbers'],
  [[f, () => [1, null], x0], 'ERR_DATA', 'grad returned an array with null'],
  [[f, () => [1], x0], 'ERR_SHAPE', 'grad returned 1 values, expected 2 as in x0'],
  [[f, grad, x0, { learningRate: 0 }], 'ERR_OPTION', 'learningRate is 0, expected a number above 0'],
  [[f, grad, x0, { maximise: true }], 'ERR_OPTION', "did you mean 'maximize'?"],
  [[f, grad, x0, { maxSteps: 1.5 }], 'ERR_OPTION', 'maxSteps is 1.5'],
])('refuses arguments %#', (args, code, message) => {
  expectError(() => Reflect.apply(minimize, undefined, args), code, message);
});
