import { arrayOf, newDoubles } from '../../numbers/allocate.js';
import type { Activation, LayerStatistics, Samples } from '../contract.js';
import { type ActivationInfo, activations } from '../kinds.js';
import { allocateBatch, gather, weightOf } from './batches.js';
import { weightSum } from './loss.js';
import type { Model } from './model.js';
import { viewParameters } from './plan.js';
import { computeGradients } from './step.js';
import { addScaled, type FloatArray, norm } from './vector.js';

/** The most rows for the statistics. */
const MOST_ROWS = 1024;

/** Rows that pass through the network together, between others' turns. */
const BLOCK_ROWS = 256;

/**
 * Statistics of the layers on the first rows of an epoch, with the current weights and without dropout. A
 * generator that yields after every block of rows, so that the caller can let others run.
 *
 * @param order the epoch's rows in order of use
 * @param before the parameters before the epoch's last step, (parameterCount)
 */
export function* layerStatistics(
  model: Model,
  samples: Samples,
  order: Uint32Array,
  before: FloatArray,
): Generator<undefined, LayerStatistics[]> {
  const { plan } = model;
  const rows = order.subarray(0, MOST_ROWS);
  const batch = allocateBatch(plan, samples, Math.min(BLOCK_ROWS, rows.length));
  const units = plan.layers.map(({ activation, units }) => new UnitCounts(activation, units));
  const gradients = viewParameters(plan, newDoubles(plan.parameterCount, 'the statistics'));
  const total = samples.weights === null ? rows.length : sumOf(samples.weights, rows);
  for (let first = 0; first < rows.length; first += BLOCK_ROWS) {
    gather(samples, rows, first, Math.min(BLOCK_ROWS, rows.length - first), batch);
    computeGradients(model, batch);
    // A block's gradient is the mean over its samples. If all weights are 0, only the penalty's is left.
    const share = total > 0 ? weightSum(batch) / total : batch.rows / rows.length;
    addScaled(share, model.gradients.flat, gradients.flat);
    for (const [l, counts] of units.entries()) {
      counts.add(batch.rows, model.workspace.logits[l], model.workspace.outputs[l]);
    }
    yield;
  }

  const weightsBefore = viewParameters(plan, before);
  return model.parameters.layers.map(({ weight }, l) => ({
    saturated: units[l].saturatedShare(),
    dead: units[l].deadShare(),
    gradientNorm: norm(gradients.layers[l].weight),
    weightNorm: norm(weight),
    updateRatio: relativeChange(weightsBefore.layers[l].weight, weight),
  }));
}

function sumOf(weights: Float32Array, rows: Uint32Array): number {
  return rows.reduce((sum, row) => sum + weightOf(weights, row), 0);
}

/** ||after - before|| / ||before||, or 0 if `before` is 0. */
function relativeChange(before: FloatArray, after: FloatArray): number {
  const length = norm(before);
  return length === 0
    ? 0
    : norm(arrayOf(Float64Array, after.length, 'the statistics', (i) => after[i] - before[i])) / length;
}

/** Counts where one layer has stopped learning: where g' is nearly 0. */
class UnitCounts {
  private rows = 0;
  private saturated = 0;
  /** 1 for each unit that had z > 0 on some row. */
  private readonly alive: Uint8Array;

  private readonly info: ActivationInfo;

  constructor(
    activation: Activation,
    private readonly units: number,
  ) {
    this.info = activations[activation];
    this.alive = new Uint8Array(units);
  }

  /** Counts a block of rows; z and a are (rows, units). */
  add(rows: number, z: FloatArray, a: FloatArray): void {
    const count = rows * this.units;
    this.rows += rows;
    const { saturatedOutside, canDie } = this.info;
    if (saturatedOutside !== undefined) {
      const [low, high] = saturatedOutside;
      for (let i = 0; i < count; i++) if (a[i] < low || a[i] > high) this.saturated++;
    }
    if (canDie) for (let i = 0; i < count; i++) if (z[i] > 0) this.alive[i % this.units] = 1;
  }

  saturatedShare(): number {
    return this.saturated / (this.rows * this.units);
  }

  deadShare(): number {
    if (!this.info.canDie) return 0;
    return this.alive.filter((alive) => alive === 0).length / this.units;
  }
}
