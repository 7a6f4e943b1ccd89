import { describe, expect, it } from 'vitest';
import { resolveClassWeight, weighByClass } from '../../src/data/class-weight.js';
import type { Task } from '../../src/data/targets.js';
import type { Samples } from '../../src/engine/contract.js';
import { expectError } from '../errors.js';

const classify: Task = { inputSize: 1, outputs: 3, loss: 'crossEntropy' };
const yesNo: Task = { inputSize: 1, outputs: 1, loss: 'bce' };

function samples(targets: Int32Array | Float32Array, rows: number, weights: number[] | null = null): Samples {
  return { rows, inputs: new Float32Array(rows), targets, weights: weights && Float32Array.from(weights) };
}

describe('resolveClassWeight', () => {
  it('accepts weights by class, with 1 for classes without one', () => {
    expect(resolveClassWeight({ 0: 2, 2: 0.5 }, classify)).toEqual(Float64Array.of(2, 1, 0.5));
    expect(resolveClassWeight(new Map([[1, 3]]), yesNo)).toEqual(Float64Array.of(1, 3));
    expect(resolveClassWeight('balanced', classify)).toBe('balanced');
  });

  it.each<[unknown, Task, string]>([
    ['balance', classify, "classWeight is 'balance', expected 'balanced' or an object { [class]: weight }"],
    [[1, 2, 3], classify, 'classWeight is an array'],
    [null, classify, 'classWeight is null'],
    [{ 3: 1 }, classify, "classWeight has a weight for '3', expected class indices from 0 to 2"],
    [{ cat: 1 }, classify, "classWeight has a weight for 'cat'"],
    [new Map([[{}, 1]]), classify, 'classWeight has a weight for an object'],
    [{ 0: -1 }, classify, 'classWeight[0] is -1, expected a number of at least 0'],
    [{ 2: 1 }, yesNo, "classWeight has a weight for '2', expected class indices from 0 to 1"],
    ['balanced', { ...yesNo, outputs: 2 }, "'bce' with 1 output, got 'bce' with 2 outputs; use sampleWeight"],
    ['balanced', { ...yesNo, loss: 'mse' }, "classWeight needs classes: loss 'crossEntropy', or"],
  ])('refuses %j', (value, task, message) => {
    expectError(() => resolveClassWeight(value, task), 'ERR_OPTION', message);
  });
});

describe('weighByClass', () => {
  const classes = Int32Array.of(0, 0, 0, 2);

  it("balances as scikit-learn does: compute_class_weight('balanced', ...) of [0, 0, 0, 2]", () => {
    const weights = weighByClass('balanced', samples(classes, 4), classify, null, null);
    expect([...weights]).toEqual([2 / 3, 2 / 3, 2 / 3, 2].map(Math.fround));
  });

  it('uses the largest target of a row as its class, and for bce the nearer of yes and no', () => {
    const shares = Float32Array.of(1, 0, 0, 0.6, 0.4, 0, 0.4, 0.3, 0.3, 0, 0, 1);
    expect(weighByClass('balanced', samples(shares, 4), classify, null, null)).toEqual(
      weighByClass('balanced', samples(classes, 4), classify, null, null),
    );
    const answers = Float32Array.of(0, 0.9, 0.2, 0.5);
    expect(weighByClass(Float64Array.of(1, 5), samples(answers, 4), yesNo, null, null)).toEqual(
      Float32Array.of(1, 5, 1, 1),
    );
  });

  it('multiplies the sample weights', () => {
    const weighted = samples(classes, 4, [1, 2, 3, 4]);
    expect(weighByClass(Float64Array.of(2, 1, 10), weighted, classify, null, null)).toEqual(
      Float32Array.of(2, 4, 6, 40),
    );
  });

  it('counts the rows to train on, and does not weigh those to validate on', () => {
    const weighted = samples(classes, 4, [1, 1, 7, 1]);
    const trained = Uint32Array.of(0, 1, 3);
    expect(weighByClass('balanced', weighted, classify, trained, Uint32Array.of(2))).toEqual(
      Float32Array.of(0.75, 0.75, 7, 1.5),
    );
    // Repeated rows count repeatedly: both classes then occur twice.
    expect(weighByClass('balanced', weighted, classify, Uint32Array.of(0, 1, 3, 3), null)).toEqual(
      Float32Array.of(1, 1, 7, 1),
    );
  });

  it('refuses to give every row the weight 0', () => {
    const nothing = 'by classWeight every row to train on has the weight 0';
    const none = Float64Array.of(0, 1, 1);
    expectError(
      () => weighByClass(none, samples(Int32Array.of(0, 0), 2), classify, null, null),
      'ERR_DATA',
      nothing,
    );
    expectError(
      () => weighByClass(none, samples(Int32Array.of(0, 1), 2), classify, Uint32Array.of(0), null),
      'ERR_DATA',
      nothing,
    );
  });
});
