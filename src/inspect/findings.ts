/**
 * What the statistics of the layers mean, in words. The thresholds are where something is clearly wrong, and
 * are ratios, so that they hold for every size of network and every scale of loss.
 */

import type { LayerStatistics, NetworkSpec } from '../engine/contract.js';

/** A layer hardly learns if its gradient is this much smaller than the output layer's. */
const VANISHED = 1e-3;
/** A gradient this many times as large as its weight would replace the weight in one step at a rate of 0.01. */
const EXPLODED = 100;
/** Fraction of saturated activations from which on most of a layer passes no gradient. */
const SATURATED = 0.5;
/** Fraction of dead units that is no longer due to chance. */
const DEAD = 0.25;
/** A step that changes a weight by half its norm forgets what was learnt; 0.001 is usual. */
const LARGE_STEP = 0.5;

/** What is unhealthy about the layers of a network after an epoch; empty if nothing is. */
export function findingsOf(
  layers: readonly LayerStatistics[],
  spec: NetworkSpec,
  learningRate: number,
): string[] {
  const findings = [exploding(layers), dead(layers, spec), vanishing(layers, spec)];
  findings.push(saturated(layers, spec), largeSteps(layers, learningRate));
  return findings.filter((finding) => finding !== null);
}

/** The names of layers in messages: 'layers[0]', 'layers[0] and layers[2]', ... */
export function nameLayers(indices: readonly number[]): string {
  const [first, last] = [indices[0], indices[indices.length - 1]];
  if (indices.length > 2 && last - first === indices.length - 1) return `layers[${first}] to layers[${last}]`;
  const names = indices.map((l) => `layers[${l}]`);
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

/** A number as messages show it: two digits, and a power of ten if it is large. */
export function brief(value: number): string {
  const rounded = Number(value.toPrecision(2));
  return Math.abs(rounded) >= 1e6 ? rounded.toExponential() : String(rounded);
}

function exploding(layers: readonly LayerStatistics[]): string | null {
  // Written so that a NaN is a finding.
  const hit = indicesOf(layers, ({ gradientNorm: g, weightNorm: w }) => !(g <= EXPLODED * w) && w !== 0);
  if (hit.length === 0) return null;
  const worst = hit.reduce((a, b) => (growth(layers[b]) > growth(layers[a]) ? b : a));
  const { gradientNorm, weightNorm } = layers[worst];
  const size = Number.isFinite(gradientNorm / weightNorm)
    ? `${brief(gradientNorm / weightNorm)} times that of its weight`
    : 'beyond the range of float32';
  return (
    `Exploding gradients: the norm of the gradient of ${nameLayers(hit)} is far too large, in ` +
    `layers[${worst}] ${size}. Let the weights begin smaller (initializer 'heNormal' for relu, ` +
    "'glorotUniform' for others), scale inputs and targets, or set the optimizer's clipNorm."
  );
}

function growth({ gradientNorm, weightNorm }: LayerStatistics): number {
  const ratio = gradientNorm / weightNorm;
  return Number.isFinite(ratio) ? ratio : Infinity;
}

function vanishing(layers: readonly LayerStatistics[], spec: NetworkSpec): string | null {
  const last = layers.length - 1;
  const top = layers[last].gradientNorm;
  const hit = indicesOf(layers, ({ gradientNorm }) => gradientNorm < VANISHED * top);
  // No gradient passes a layer whose units are all dead, which is a finding of its own.
  if (hit.length === 0 || layers.some((layer, l) => isDead(layer, l, spec) && layer.dead === 1)) return null;
  const lowest = hit.reduce((a, b) => (layers[b].gradientNorm < layers[a].gradientNorm ? b : a));
  const low = layers[lowest].gradientNorm;
  const rate = low > 0 ? `, about ${brief((top / low) ** (1 / (last - lowest)))}-fold a layer` : '';
  const remedy = hit.some((l) => spec.layers[l].activation === 'sigmoid')
    ? "Use 'relu' or 'tanh' in place of 'sigmoid', whose derivative is at most 1/4, or fewer layers."
    : "Let the weights begin larger (initializer 'heNormal' for relu, 'glorotUniform' for others), or use " +
      'fewer layers.';
  return (
    `Vanishing gradients: their norm shrinks from ${brief(top)} in layers[${last}] to ${brief(low)} in ` +
    `layers[${lowest}]${rate}, so that ${nameLayers(hit)} hardly ${hit.length > 1 ? 'learn' : 'learns'}. ${remedy}`
  );
}

/** An output layer may saturate: it is then confident. */
function saturated(layers: readonly LayerStatistics[], spec: NetworkSpec): string | null {
  const hit = indicesOf(layers.slice(0, -1), (layer) => layer.saturated > SATURATED);
  if (hit.length === 0) return null;
  const activations = [...new Set(hit.map((l) => spec.layers[l].activation))].join(', ');
  return (
    `Saturated units: ${percent(Math.max(...hit.map((l) => layers[l].saturated)))} of the activations of ` +
    `${nameLayers(hit)} (${activations}) are at their limits, where the derivative is almost 0. Scale the ` +
    "inputs, let the weights begin smaller, lower the learning rate, or use 'relu'."
  );
}

function dead(layers: readonly LayerStatistics[], spec: NetworkSpec): string | null {
  const hit = indicesOf(layers, (layer, l) => isDead(layer, l, spec));
  if (hit.length === 0) return null;
  const worst = Math.max(...hit.map((l) => layers[l].dead));
  const blocked = worst === 1 ? ', so that no gradient passes and nothing below learns' : '';
  return (
    `Dead units: ${hit.length > 1 ? 'up to ' : ''}${percent(worst)} of the units of ${nameLayers(hit)} (relu) ` +
    `put out 0 for every row${blocked}. Lower the learning rate, scale the inputs, or use 'leakyRelu'.`
  );
}

/** leakyRelu passes a gradient on either side. */
function isDead(layer: LayerStatistics, l: number, spec: NetworkSpec): boolean {
  return spec.layers[l].activation === 'relu' && layer.dead >= DEAD;
}

function largeSteps(layers: readonly LayerStatistics[], learningRate: number): string | null {
  const hit = indicesOf(layers, ({ updateRatio }) => updateRatio > LARGE_STEP);
  if (hit.length === 0) return null;
  const worst = Math.max(...hit.map((l) => layers[l].updateRatio));
  return (
    `Large steps: the last one changed the weight of ${nameLayers(hit)} by ${hit.length > 1 ? 'up to ' : ''}` +
    `${percent(worst)} of its norm. Lower the learning rate (${learningRate}).`
  );
}

function indicesOf(
  layers: readonly LayerStatistics[],
  isHit: (layer: LayerStatistics, l: number) => boolean,
): number[] {
  return layers.flatMap((layer, l) => (isHit(layer, l) ? l : []));
}

function percent(share: number): string {
  return `${brief(100 * share)}%`;
}
