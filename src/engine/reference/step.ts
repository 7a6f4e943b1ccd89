/**
 * A training step in the order of the mathematics: forward, loss, backward, update. docs/mathematics.md
 * explains the letters and derives the formulas.
 */

import type { TensorFactors } from '../contract.js';
import type { Span } from '../layout.js';
import { activate, multiplyByDerivative } from './activation.js';
import type { Batch } from './batches.js';
import { applyMask, drawMask } from './dropout.js';
import { divideNoNan, isFromLogits, lossGradient, lossSum, weightSum } from './loss.js';
import type { Dropout, Model } from './model.js';
import { reserve } from './model.js';
import { clipGradients, update } from './optimizer.js';
import { multiply } from './products.js';
import { scaleGradient, scaleInputs } from './scale.js';
import { type FloatArray, sumOfSquares } from './vector.js';

/** What changes from step to step. */
export interface StepRates {
  learningRate: number;
  /** Factor of every layer's dropout. */
  dropout: number;
  /** Factor of the optimizer's weight decay. */
  weightDecay: number;
}

/**
 * Writes the gradients of the loss to `model.gradients` and returns the loss.
 *
 * @param dropout factor of the layers' rates; above 0, with the masks of the next training step
 */
export function computeGradients(model: Model, batch: Batch, dropout = 0): number {
  forward(model, batch.inputs, batch.rows, dropout);
  const loss = divideNoNan(dataLossSum(model, batch), weightSum(batch)) + penalty(model);
  backward(model, batch, dropout);
  return loss;
}

/** Completes a training step: clips the gradients in `model.gradients` and updates the parameters. */
export function applyGradients(model: Model, rates: StepRates): void {
  const { spec, gradients } = model;
  const { optimizer } = spec;
  model.step++;
  if (optimizer.clipNorm !== null) clipGradients(optimizer.clipNorm, gradients.flat);
  for (const { weight, bias, factors } of model.plan.layers) {
    updateSpan(model, weight, rates, factors?.weight ?? noFactors);
    updateSpan(model, bias, rates, factors?.bias ?? noFactors);
  }
  updateSpan(model, model.plan.scale, rates, spec.inputScale ?? noFactors);
}

const noFactors: TensorFactors = { learningRate: 1, weightDecay: 1, epsilon: 1 };

/** Updates one tensor, with its factors of the optimizer's coefficients. */
function updateSpan(model: Model, { start, end }: Span, rates: StepRates, factors: TensorFactors): void {
  const { spec, parameters, gradients, moments, step } = model;
  const part = (array: FloatArray) => array.subarray(start, end);
  const optimizer = { ...spec.optimizer };
  if ('epsilon' in optimizer) optimizer.epsilon *= factors.epsilon;
  if ('weightDecay' in optimizer) optimizer.weightDecay *= rates.weightDecay * factors.weightDecay;
  const learningRate = rates.learningRate * factors.learningRate;
  update(optimizer, learningRate, step, part(parameters.flat), part(gradients.flat), moments.map(part));
}

/**
 * Z_l = A_{l-1} W_l^T (+) b_l and A_l = g_l(Z_l) for every layer l, with A_0 the inputs, or
 * X (.) g if they have a scale. With dropout, the input of the next layer is mask_l (.) A_l.
 */
export function forward(model: Model, inputs: FloatArray, rows: number, dropout = 0): void {
  reserve(model, rows);
  const { plan, parameters, workspace } = model;
  const { precision } = model.spec;
  let below = scaleInputs(model, inputs, rows);
  for (const [l, layer] of plan.layers.entries()) {
    const { weight, bias } = parameters.layers[l];
    const z = workspace.logits[l];
    const a = workspace.outputs[l];
    fillRows(z, rows, layer.units, bias);
    multiply(precision, false, true, rows, layer.units, layer.inputs, below, weight, z);
    activate(layer.activation, layer.slope, rows, layer.units, z, a);
    below = a;
    const dropped = dropoutOf(model, l, dropout);
    if (dropped !== null) {
      const { mask, outputs } = dropped;
      drawMask(model.spec.seed, l, model.step + 1, layer.dropout * dropout, rows, layer.units, mask);
      applyMask(mask, rows * layer.units, a, outputs);
      below = outputs;
    }
  }
}

/** sum(w_p L_p) over the batch of the latest `forward`. */
export function dataLossSum(model: Model, batch: Batch): number {
  const { spec, plan, workspace } = model;
  const last = plan.layers.length - 1;
  const [z, a] = [workspace.logits[last], workspace.outputs[last]];
  return lossSum(spec, plan.smoothing, batch, plan.outputs, z, a);
}

/** 1/2 l2 sum W^2 over the weights, without the biases. */
export function penalty(model: Model): number {
  if (model.spec.l2 === 0) return 0;
  let squares = 0;
  for (const { weight } of model.parameters.layers) {
    squares += sumOfSquares(weight);
  }
  return (model.spec.l2 / 2) * squares;
}

/**
 * From the last layer down: dW_l = delta_l^T A_{l-1} + l2 W_l, db_l = column sums of delta_l, and
 * delta_{l-1} = (delta_l W_l) (.) mask_{l-1} (.) g'(Z_{l-1}), the mask only with dropout. Last the gradient of
 * the scale of the inputs.
 */
function backward(model: Model, batch: Batch, dropout: number): void {
  const { spec, plan, parameters, gradients, workspace } = model;
  const { rows } = batch;
  outputDelta(model, batch);
  const inputsSeen = workspace.scaled?.inputs ?? batch.inputs;
  for (let l = plan.layers.length - 1; l >= 0; l--) {
    const { units, inputs } = plan.layers[l];
    const { weight } = parameters.layers[l];
    const { weight: dWeight, bias: dBias } = gradients.layers[l];
    const delta = workspace.deltas[l];
    const dropped = l === 0 ? null : dropoutOf(model, l - 1, dropout);
    const below = l === 0 ? inputsSeen : (dropped?.outputs ?? workspace.outputs[l - 1]);

    scaleInto(spec.l2, weight, dWeight);
    multiply(spec.precision, true, false, units, inputs, rows, delta, below, dWeight);
    if (dBias !== null) sumColumns(delta, rows, units, dBias);

    if (l > 0) {
      const { activation, slope } = plan.layers[l - 1];
      const [z, a] = [workspace.logits[l - 1], workspace.outputs[l - 1]];
      const deltaBelow = workspace.deltas[l - 1];
      deltaBelow.fill(0, 0, rows * inputs);
      multiply(spec.precision, false, false, rows, inputs, units, delta, weight, deltaBelow);
      if (dropped !== null) applyMask(dropped.mask, rows * inputs, deltaBelow, deltaBelow);
      multiplyByDerivative(activation, slope, rows, inputs, z, a, deltaBelow);
    }
  }
  if (workspace.scaled === null) return;
  workspace.scaled.deltas.fill(0, 0, rows * plan.inputSize);
  addFirstDelta(model, rows, workspace.scaled.deltas);
  scaleGradient(model, batch.inputs, rows);
}

/** Writes dJ/dX for the batch of the latest `computeGradients` to `out`, (rows, inputSize), which is all 0. */
export function writeInputGradients(model: Model, rows: number, out: FloatArray): void {
  addFirstDelta(model, rows, out);
  const { scale } = model.parameters;
  if (scale.length > 0) for (let i = 0; i < out.length; i++) out[i] *= scale[i % scale.length];
}

/** Adds delta_0 W_0, the gradient with respect to what the first layer sees, to `out`, (rows, inputSize). */
function addFirstDelta(model: Model, rows: number, out: FloatArray): void {
  const { units, inputs } = model.plan.layers[0];
  const { weight } = model.parameters.layers[0];
  multiply(model.spec.precision, false, false, rows, inputs, units, model.workspace.deltas[0], weight, out);
}

/** Layer `l`'s dropout if it has any and `dropout` is above 0, otherwise null. */
function dropoutOf(model: Model, l: number, dropout: number): Dropout | null {
  return dropout > 0 ? model.workspace.dropouts[l] : null;
}

/** delta_L = dJ/dZ_L. */
function outputDelta(model: Model, batch: Batch): void {
  const { spec, plan, workspace } = model;
  const last = plan.layers.length - 1;
  const { activation, slope, units } = plan.layers[last];
  const z = workspace.logits[last];
  const a = workspace.outputs[last];
  const delta = workspace.deltas[last];
  lossGradient(spec, plan.smoothing, batch, units, a, delta);
  if (!isFromLogits(spec.loss)) {
    multiplyByDerivative(activation, slope, batch.rows, units, z, a, delta);
  }
}

/** Fills every row of z, (rows, units), with the bias, or with zeros if there is none. */
function fillRows(z: FloatArray, rows: number, units: number, bias: FloatArray | null): void {
  if (bias === null) z.fill(0, 0, rows * units);
  else for (let row = 0; row < rows; row++) z.set(bias, row * units);
}

/** out = scale * values; a scale of 0 clears `out` even if a value is not finite. */
function scaleInto(scale: number, values: FloatArray, out: FloatArray): void {
  if (scale === 0) out.fill(0);
  else for (let i = 0; i < values.length; i++) out[i] = scale * values[i];
}

/** out, (columns), = sums over the rows of values, (rows, columns). */
function sumColumns(values: FloatArray, rows: number, columns: number, out: FloatArray): void {
  for (let column = 0; column < columns; column++) {
    let sum = 0;
    for (let i = column; i < rows * columns; i += columns) sum += values[i];
    out[column] = sum;
  }
}
