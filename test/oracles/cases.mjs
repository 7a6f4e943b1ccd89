/** The networks that the oracles train, twenty steps each. */

import { createCase as create } from './case.mjs';

const sgd = { kind: 'sgd', learningRate: 0.1 };
const momentum = { kind: 'momentum', learningRate: 0.05, momentum: 0.9, nesterov: false };
const nesterov = { ...momentum, nesterov: true };
const adam = { kind: 'adam', learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
const adamW = { ...adam, kind: 'adamW', weightDecay: 0.1 };

const hidden = (units, activation, more) => ({
  units,
  activation,
  ...(activation === 'leakyRelu' && { slope: 0.125 }),
  ...more,
});
const classes = [hidden(10, 'relu'), hidden(4, 'softmax')];
const labels = [hidden(10, 'tanh'), hidden(3, 'sigmoid')];
const values = [hidden(10, 'tanh'), hidden(2, 'identity')];

/** @type {import('./case.mjs').Case[]} */
export const pytorchCases = [
  create('sgd', { layers: classes, optimizer: sgd }),
  create('momentum', { layers: [hidden(10, 'tanh'), hidden(4, 'softmax')], optimizer: momentum }),
  create('Nesterov', { layers: [hidden(10, 'leakyRelu'), hidden(4, 'softmax')], optimizer: nesterov }),
  create('Adam', { layers: [hidden(10, 'sigmoid'), hidden(4, 'softmax')], optimizer: adam }),
  create('Adam with a large epsilon', { layers: values, optimizer: { ...adam, epsilon: 0.01 } }),
  create('AdamW', { layers: classes, optimizer: adamW }),
  create('L2 with momentum', { layers: classes, optimizer: momentum, l2: 0.0625 }),
  create('L2 with Adam', { layers: classes, optimizer: adam, l2: 0.0625 }),
  create('sgd with clipping', { layers: classes, optimizer: { ...sgd, clipNorm: 0.25 } }),
  create('Adam with clipping', { layers: values, optimizer: { ...adam, clipNorm: 0.25 } }),
  create('shuffled rows', { layers: classes, optimizer: momentum, shuffled: true }),
  create('full batch', { layers: classes, optimizer: momentum, batchSize: 45, epochs: 20 }),
  create('one row a step', { layers: classes, optimizer: sgd, rows: 5, batchSize: 1, epochs: 4 }),
  create('soft targets', { layers: classes, optimizer: sgd, targets: 'soft' }),
  create('label smoothing', { layers: classes, optimizer: momentum, labelSmoothing: 0.125 }),
  create('class weights', { layers: classes, optimizer: momentum, classWeight: [0.5, 1, 2, 4] }),
  create('sample weights', { layers: classes, optimizer: adam, weighted: true }),
  create('bce', { layers: [hidden(10, 'relu'), hidden(1, 'sigmoid')], loss: 'bce', optimizer: momentum }),
  create('bce of several labels', { layers: labels, loss: 'bce', optimizer: adam, weighted: true }),
  create('mse', { layers: values, loss: 'mse', optimizer: nesterov }),
  create('mse with sample weights', { layers: values, loss: 'mse', optimizer: sgd, weighted: true }),
  create('mse of a sigmoid output', { layers: labels, loss: 'mse', optimizer: momentum }),
  create('mse of a softmax output', { layers: classes, loss: 'mse', optimizer: momentum }),
  create('halfMse of a tanh output', {
    layers: [hidden(10, 'relu'), hidden(2, 'tanh')],
    loss: 'halfMse',
    optimizer: adam,
  }),
  create('no biases', {
    layers: [hidden(10, 'tanh', { useBias: false }), hidden(4, 'softmax', { useBias: false })],
    optimizer: momentum,
  }),
  create('five layers', {
    layers: [
      hidden(9, 'tanh'),
      hidden(8, 'leakyRelu'),
      hidden(7, 'sigmoid'),
      hidden(6, 'relu'),
      hidden(4, 'softmax'),
    ],
    optimizer: adam,
  }),
  create('dropout', {
    layers: [hidden(12, 'relu', { dropout: 0.5 }), hidden(9, 'tanh', { dropout: 0.3 }), hidden(4, 'softmax')],
    optimizer: momentum,
    shuffled: true,
  }),
  create('input gradients', { layers: classes, optimizer: sgd, inputGradients: true }),
  create('StepLR', {
    layers: classes,
    optimizer: momentum,
    learningRateSchedule: { kind: 'step', every: 2, factor: 0.5 },
  }),
  create('ExponentialLR', {
    layers: classes,
    optimizer: sgd,
    learningRateSchedule: { kind: 'exponential', decay: 0.75 },
  }),
  create('CosineAnnealingLR', {
    layers: classes,
    optimizer: adam,
    learningRateSchedule: { kind: 'cosine', minimum: 0.001 },
  }),
  create('LinearLR', {
    layers: classes,
    optimizer: adam,
    learningRateSchedule: { kind: 'constant', warmup: 3 },
  }),
  create('ReduceLROnPlateau', {
    layers: classes,
    optimizer: sgd,
    batchSize: 45,
    epochs: 20,
    learningRateSchedule: {
      kind: 'plateau',
      monitor: 'loss',
      factor: 0.5,
      patience: 2,
      minDelta: 0.03125,
      cooldown: 2,
      minLearningRate: 0.0375,
    },
  }),
];

const hat = { ...adam, epsilonHat: true };
const oneValue = [hidden(10, 'relu'), hidden(1, 'identity')];

/** @type {import('./case.mjs').Case[]} */
export const scikitLearnCases = [
  create('sgd', { layers: classes, optimizer: sgd, shuffled: true }),
  create('momentum', { layers: [hidden(10, 'sigmoid'), hidden(4, 'softmax')], optimizer: momentum }),
  create('Nesterov', { layers: [hidden(10, 'tanh'), hidden(4, 'softmax')], optimizer: nesterov }),
  create('Adam', { layers: classes, optimizer: hat }),
  create('Adam with a large epsilon', { layers: classes, optimizer: { ...hat, epsilon: 0.01 } }),
  // Batches of equal size, for which scikit-learn's alpha corresponds to a single l2.
  create('L2 with Adam', { layers: classes, optimizer: hat, l2: 0.0625, rows: 48 }),
  create('two layers', {
    layers: [hidden(10, 'relu'), hidden(8, 'relu'), hidden(4, 'softmax')],
    optimizer: hat,
  }),
  create('yes or no', {
    layers: [hidden(10, 'relu'), hidden(1, 'sigmoid')],
    loss: 'bce',
    optimizer: momentum,
  }),
  create('several labels', { layers: labels, loss: 'bce', optimizer: hat }),
  create('regression', { layers: oneValue, loss: 'halfMse', optimizer: nesterov }),
  create('regression with L2', {
    layers: oneValue,
    loss: 'halfMse',
    optimizer: momentum,
    l2: 0.03125,
    rows: 48,
  }),
];
