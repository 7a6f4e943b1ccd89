/** Records of epochs, as `onEpoch` gets them, and the time at which all of them are written. */

export const TIME = 1_790_000_000_250;

const layer = (value) => ({
  saturated: 0,
  dead: value / 8,
  gradientNorm: value,
  weightNorm: 10 * value,
  updateRatio: 1e-3 * value,
});

/** Of a network, with everything that may be measured. */
const network = [1, 2, 3].map((epoch) => ({
  epoch,
  loss: 1 / epoch,
  validationLoss: 1.5 / epoch,
  metrics: { validationAccuracy: 1 - 1 / (2 * epoch) },
  learningRate: 0.1 ** epoch,
  gradientNorm: 3e-38 * epoch,
  layers: [layer(epoch), layer(epoch / 3)],
  findings: [],
  seconds: 0.5,
  samplesPerSecond: 123_456 + epoch,
}));

/** Of an estimator with two members, one of which has rows held out. */
const members = [0, 1, 0, 1].map((member, i) => ({
  member,
  members: 2,
  epochs: 2,
  epoch: 1 + Math.floor(i / 2),
  loss: 0.25 * (i + 1),
  ...(member === 0 && { validationLoss: -1 - i }),
  metrics: {},
  learningRate: 0.04,
  seconds: 1,
  samplesPerSecond: 1000,
}));

/** By the folder that each goes to; the second is heard of twice, as by two fits. */
export const tensorBoardCases = { network, again: [...network.slice(0, 2), ...network.slice(0, 2)], members };
