/** Turns class weights into row weights. */

import type { Samples } from '../engine/contract.js';
import { losses } from '../engine/kinds.js';
import { ChainruleError, show } from '../error.js';
import { argmaxRows } from '../metrics/classification.js';
import { arrayOf, newDoubles, newFloats } from '../numbers/allocate.js';
import { nonNegative, unexpected } from '../options/checks.js';
import { isMap } from './realms.js';
import { weighs } from './samples.js';
import type { Task } from './targets.js';

/**
 * How much each class counts: by index, 1 by default; or 'balanced': rows / (classes * rows of the class),
 * counting the rows to train on and the classes that occur there, as in scikit-learn (King and Zeng,
 * "Logistic regression in rare events data", 2001).
 */
export type ClassWeight = 'balanced' | Readonly<Record<number, number>> | ReadonlyMap<number, number>;

/** `ClassWeight` checked: a weight for each class, or 'balanced'. */
export type ResolvedClassWeight = 'balanced' | Float64Array;

const WEIGHTS = 'the weights of the rows';

/** What an object or a Map has, null for anything else. */
export function entriesOf(value: unknown): [key: unknown, weight: unknown][] | null {
  if (isMap(value)) return [...value];
  if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value))
    return null;
  const entries = Object.entries(value);
  const prototype: object | null = Object.getPrototypeOf(value);
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
  return isPlain || entries.length > 0 ? entries : null;
}

/** Checks the option `classWeight` against the task. Throws ERR_OPTION. */
export function resolveClassWeight(value: unknown, task: Task): ResolvedClassWeight {
  const classes = classCount(task);
  if (value === 'balanced') return value;
  const entries = entriesOf(value);
  if (entries === null) throw unexpected('classWeight', value, "'balanced' or an object { [class]: weight }");
  if (entries.length === 0) {
    throw new ChainruleError('ERR_OPTION', 'classWeight has no weight, expected one for at least one class');
  }
  const weights = newDoubles(classes, 'the classes').fill(1);
  for (const [key, weight] of entries) {
    // As a number is written, not '', '0x1' or ' 1 '.
    const index =
      typeof key === 'string' ? (/^(0|[1-9]\d*)$/.test(key) ? Number(key) : Number.NaN) : (key as number);
    if (!Number.isInteger(index) || index < 0 || index >= classes) {
      throw new ChainruleError(
        'ERR_OPTION',
        `classWeight has a weight for ${show(key)}, expected class indices from 0 to ${classes - 1}`,
      );
    }
    weights[index] = nonNegative(weight, `classWeight[${index}]`);
  }
  return weights;
}

/**
 * The weight of every row: its sample weight, if there are any, times that of its class.
 *
 * @param trained the rows to train on, with repetitions, or null for all
 * @param spared rows to validate on, which keep their sample weight, or null for none
 * @throws {@link ChainruleError} ERR_DATA if no row to train on has a weight above 0
 */
export function weighByClass(
  classWeight: ResolvedClassWeight,
  samples: Samples,
  task: Task,
  trained: Uint32Array | null,
  spared: Uint32Array | null,
): Float32Array {
  const { rows } = samples;
  const classes = classesOf(samples, task);
  const ofClass =
    classWeight === 'balanced' ? balancedWeights(classes, classCount(task), trained) : classWeight;
  const own = samples.weights ?? newFloats(rows, WEIGHTS).fill(1);
  const weights = arrayOf(Float32Array, rows, WEIGHTS, (row) => own[row] * ofClass[classes[row]]);
  for (const row of spared ?? []) weights[row] = own[row];

  const infinite = weights.findIndex((weight) => !Number.isFinite(weight));
  if (infinite >= 0) {
    const product = `${own[infinite]} times ${ofClass[classes[infinite]]}`;
    throw new ChainruleError(
      'ERR_DATA',
      `sampleWeight times classWeight is ${product} in row ${infinite} (from 0), expected at most 3.4e38`,
    );
  }
  const someWeigh = trained === null ? weights.some(weighs) : trained.some((row) => weighs(weights[row]));
  if (!someWeigh)
    throw new ChainruleError('ERR_DATA', 'by classWeight every row to train on has the weight 0');
  return weights;
}

function balancedWeights(
  classes: ArrayLike<number>,
  classCount: number,
  trained: Uint32Array | null,
): Float64Array {
  const counts = newDoubles(classCount, 'the classes');
  const rows = trained?.length ?? classes.length;
  for (let i = 0; i < rows; i++) counts[classes[trained?.[i] ?? i]]++;
  const occurring = counts.filter((count) => count > 0).length;
  // The weight of a class without training rows is never used.
  return counts.map((count) => (count === 0 ? 1 : rows / (occurring * count)));
}

function classCount({ loss, outputs }: Task): number {
  const { task } = losses[loss];
  if (task === 'classes') return outputs;
  if (task === 'labels' && outputs === 1) return 2;
  const came = task === 'labels' ? `'${loss}' with ${outputs} outputs` : `'${loss}'`;
  throw new ChainruleError(
    'ERR_OPTION',
    `classWeight needs classes: loss 'crossEntropy', or 'bce' with 1 output, got ${came}; use sampleWeight`,
  );
}

/** The class of every row; for soft targets, the class with the largest target. */
function classesOf({ targets, rows }: Samples, { loss }: Task): ArrayLike<number> {
  if (targets instanceof Int32Array) return targets;
  if (losses[loss].task === 'labels')
    return arrayOf(Uint8Array, targets.length, 'the classes of the rows', (row) =>
      targets[row] > 0.5 ? 1 : 0,
    );
  return argmaxRows(targets, rows);
}
