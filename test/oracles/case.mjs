/**
 * A case: a network, its initial parameters and the data to train it on. All numbers are multiples of 1/64 or
 * 1/256, which float32 represents exactly, so that every program starts from the same ones.
 */

/**
 * @typedef {object} Case
 * @property {string} name
 * @property {{ inputSize: number, layers: object[] }} network as in the options of `Network`
 * @property {'mse' | 'halfMse' | 'bce' | 'crossEntropy'} loss
 * @property {number} [l2]
 * @property {number} [labelSmoothing]
 * @property {object} optimizer as in the options of `Network`, with every coefficient
 * @property {number} seed of the dropout
 * @property {number} batchSize
 * @property {number} epochs
 * @property {number[][]} [order] the rows of each epoch; by default the data's own order
 * @property {number[]} [sampleWeight]
 * @property {number[]} [classWeight]
 * @property {object} [learningRateSchedule] as in the options of `fit`, with every coefficient
 * @property {boolean} [inputGradients] whether to record dLoss/dInputs before the first step
 * @property {{ weight: number[], bias: number[] }[]} initial one entry per layer, weights (out, in) row-major
 * @property {number[][]} inputs
 * @property {number[] | number[][]} targets class indices, or a row of targets for each row
 */

const TARGETS = {
  class: (random, outputs) => Math.floor(random() * outputs),
  label: (random, outputs) => times(outputs, () => Math.round(random())),
  value: (random, outputs) => times(outputs, () => fraction(random, 64)),
  soft: (random, outputs) => {
    const cuts = times(outputs - 1, () => Math.floor(random() * 65)).sort((a, b) => a - b);
    return [...cuts, 64].map((cut, i) => (cut - (cuts[i - 1] ?? 0)) / 64);
  },
};

/**
 * @param {string} name also the seed of its numbers
 * @param {object} options the fields of the case, and:
 * @param {number} [options.rows] of the data, by default 45: in batches of 12, the last has 9
 * @param {'soft'} [options.targets] rows of probabilities instead of class indices
 * @param {boolean} [options.shuffled] whether to draw an order for each epoch
 * @param {boolean} [options.weighted] whether to draw sample weights
 * @returns {Case}
 */
export function createCase(name, options) {
  const { layers, rows = 45, batchSize = 12, epochs = 5, targets, shuffled, weighted, ...rest } = options;
  const loss = options.loss ?? (layers.at(-1).activation === 'softmax' ? 'crossEntropy' : 'mse');
  const random = generator(name);
  const inputSize = 6;
  const outputs = layers.at(-1).units;
  const kind = targets ?? { crossEntropy: 'class', bce: 'label' }[loss] ?? 'value';
  return {
    name,
    network: { inputSize, layers },
    ...rest,
    loss,
    seed: 12345,
    batchSize,
    epochs,
    initial: initialOf(inputSize, layers, random),
    inputs: times(rows, () => times(inputSize, () => fraction(random, 64))),
    targets: times(rows, () => TARGETS[kind](random, outputs)),
    ...(shuffled && { order: times(epochs, () => permutation(rows, random)) }),
    ...(weighted && { sampleWeight: times(rows, () => 1.5 + fraction(random, 64)) }),
  };
}

/** Glorot and Bengio's uniform weights, in steps of 1/256, and small biases. */
function initialOf(inputSize, layers, random) {
  return layers.map(({ units, useBias = true }, l) => {
    const inputs = l === 0 ? inputSize : layers[l - 1].units;
    const limit = Math.sqrt(6 / (inputs + units));
    return {
      weight: times(units * inputs, () => fraction(random, 256, limit)),
      bias: useBias ? times(units, () => fraction(random, 256, 0.1)) : [],
    };
  });
}

/** A number in (-limit, limit) that is a multiple of 1 / denominator. */
function fraction(random, denominator, limit = 1) {
  return Math.trunc((2 * random() - 1) * limit * denominator) / denominator || 0;
}

function permutation(length, random) {
  const rows = [...Array(length).keys()];
  for (let i = length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [rows[i], rows[j]] = [rows[j], rows[i]];
  }
  return rows;
}

function times(count, make) {
  return Array.from({ length: count }, make);
}

/** Numbers in [0, 1), always the same for the same name: mulberry32 from a hash (FNV-1a) of it. */
export function generator(name) {
  let state = 0x811c9dc5;
  for (const character of name) state = Math.imul(state ^ character.codePointAt(0), 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
