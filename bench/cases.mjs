/** The timed cases: networks, their batches, and the engine's targets for each. */

/**
 * @typedef {object} Case
 * @property {string} name e.g. '784-128-10 B128'
 * @property {number[]} sizes units of the inputs and of every layer; relu inside
 * @property {number} batch rows of a step
 * @property {'crossEntropy' | 'bce'} loss over softmax, or over one sigmoid
 * @property {number} learningRate Adam's; its other parameters have the defaults that all contenders share. For
 *   the three largest it is so small that rounding errors do not grow within the checked steps: at 1e-3 every
 *   contender diverges from float64
 * @property {number} steps number of different batches: the steps of an epoch
 * @property {Target} target
 */

/**
 * @typedef {object} Target
 * @property {number} fraction of the peak on the same threads, at least
 * @property {boolean} [oneThread] whether the fraction is asked of one thread alone
 * @property {number} overTorch PyTorch's time over ours, each at its best number of threads, in float32
 * @property {number} speedup of two threads over one
 * @property {number} [oneRowMicroseconds] `predict` of one row, at most
 * @property {Record<string, Partial<Record<Precision, number>>>} [overFloat32] by the unit that computes products:
 *   how many times as fast a precision is as float32, at least. VDPBF16PS has twice the rate of float32, AMX 13
 *   times
 * @property {number} [bytesPerParameter] kept for weights and optimizer, at most
 */

/** @type {Case[]} */
export const CASES = [
  define([4, 16, 3], 16, 1e-3, 1000, { fraction: 0.07, oneThread: true, overTorch: 400, speedup: 1 }),
  define([30, 64, 32, 1], 32, 1e-3, 500, {
    fraction: 0.42,
    oneThread: true,
    overTorch: 50,
    speedup: 1,
    oneRowMicroseconds: 3,
  }),
  define([784, 128, 10], 128, 1e-3, 100, {
    fraction: 0.6,
    overTorch: 2,
    speedup: 1.4,
    oneRowMicroseconds: 12,
    overFloat32: { amx: { bf16x3: 1.7, bf16: 2.5 }, vdpbf16: { bf16: 1.5 } },
  }),
  define([784, 512, 256, 10], 128, 1e-4, 60, {
    fraction: 0.75,
    overTorch: 1.5,
    speedup: 1.7,
    overFloat32: { amx: { bf16x3: 1.9, bf16: 3 }, vdpbf16: { bf16: 1.5 } },
  }),
  define([784, 1024, 1024, 10], 256, 1e-4, 40, {
    fraction: 0.82,
    overTorch: 1,
    speedup: 1.8,
    overFloat32: { amx: { bf16x3: 3.3, bf16: 6 }, vdpbf16: { bf16: 1.5 } },
  }),
  define([1024, 4096, 4096, 1000], 512, 1e-5, 20, {
    fraction: 0.86,
    overTorch: 1,
    speedup: 1.8,
    bytesPerParameter: 12,
    overFloat32: { amx: { bf16x3: 3.3, bf16: 7 }, vdpbf16: { bf16: 1.5 } },
  }),
];

/** @typedef {'float32' | 'bf16x3' | 'bf16'} Precision of products of matrices; all else is float32 */

/** Steps whose losses are compared with those in float64 before a time counts. */
export const CHECKED_STEPS = 20;

/**
 * The largest relative error of a loss that still counts as the same training.
 *
 * @type {Record<Precision, number>}
 */
export const LOSS_TOLERANCES = { float32: 1e-5, bf16x3: 1e-4, bf16: 2e-2 };

function define(sizes, batch, learningRate, steps, target) {
  const loss = sizes.at(-1) === 1 ? 'bce' : 'crossEntropy';
  return { name: `${sizes.join('-')} B${batch}`, sizes, batch, loss, learningRate, steps, target };
}

/**
 * Floating-point operations of a step: 6 B P - 2 B d0 d1 with P the weights. Forward, dW and dX take 2 B P
 * each, and the first layer has no dX.
 */
export function flopsOf({ sizes, batch }) {
  const weights = layersOf(sizes).reduce((sum, [inputs, units]) => sum + inputs * units, 0);
  return 6 * batch * weights - 2 * batch * sizes[0] * sizes[1];
}

export function parameterCount({ sizes }) {
  return layersOf(sizes).reduce((sum, [inputs, units]) => sum + (inputs + 1) * units, 0);
}

/** Bytes that the layers' outputs of one batch take, with the inputs, in float32. */
export function activationBytes({ sizes, batch }) {
  return 4 * batch * sizes.reduce((sum, units) => sum + units, 0);
}

/** Bytes that the inputs of all layers of one batch take. */
export function inputBytes({ sizes, batch }) {
  return activationBytes({ sizes: sizes.slice(0, -1), batch });
}

/** [inputs, units] of each layer. */
export function layersOf(sizes) {
  return sizes.slice(1).map((units, l) => [sizes[l], units]);
}

/** The cases that a name selects, with or without its batch; all for null. */
export function findCases(name) {
  if (name === null) return CASES;
  return CASES.filter((one) => one.name === name || one.name.startsWith(`${name} `));
}
