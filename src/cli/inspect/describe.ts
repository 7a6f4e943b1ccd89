/** What is in a model, as the JSON document that docs/command-line.md describes. */

import { statSync } from 'node:fs';
import type { History, MLPClassifier, MLPRegressor, Network } from '../../index.js';

/** How the training of one network went. */
export interface NetworkTraining {
  epochs: number;
  /** The one that was kept, from 1; null if that is not known. */
  bestEpoch: number | null;
  stoppedBy: string;
  /** Of the epoch that was kept. */
  loss: number | null;
  validationLoss: number | null;
}

export type EstimatorFacts = ReturnType<typeof describeEstimator>;
export type NetworkFacts = ReturnType<typeof describeNetwork>;

export function describeEstimator(path: string, model: MLPClassifier | MLPRegressor) {
  const { columns, networks, history, provenance, options, target, warnings } = model;
  const heldOut = model.heldOutScore;
  const isClassifier = 'classes' in model;
  return {
    command: 'inspect',
    file: path,
    bytes: statSync(path).size,
    kind: isClassifier ? 'MLPClassifier' : 'MLPRegressor',
    chainrule: provenance.version,
    task: isClassifier ? 'classification' : 'regression',
    target,
    classes: isClassifier ? model.classes : null,
    threshold: isClassifier ? model.threshold : null,
    trainRows: provenance.rows,
    columns: columns.map(({ name, kind, used, unit, reason, asked, missing, features }) => ({
      name,
      kind,
      used,
      ...(unit === undefined ? {} : { unit }),
      ...(reason === undefined ? {} : { reason }),
      asked,
      missing,
      features,
    })),
    heldOut: heldOut && { rows: heldOut.rows, metrics: heldOut.evaluation, baseline: heldOut.baseline },
    networks: networks.map(({ layers, parameterCount }) => ({ layers, parameterCount })),
    training: history.members.map(describeTraining),
    stoppedBy: history.stoppedBy,
    seed: options.seed,
    options,
    warnings,
  };
}

function describeTraining({ epochs, bestEpoch, stoppedBy }: History): NetworkTraining {
  const kept = epochs[(bestEpoch || epochs.length) - 1];
  return {
    epochs: epochs.length,
    bestEpoch: bestEpoch || null,
    stoppedBy,
    loss: kept?.loss ?? null,
    validationLoss: kept?.validationLoss ?? null,
  };
}

export function describeNetwork(path: string, network: Network) {
  const summary = network.summary();
  return {
    command: 'inspect',
    file: path,
    bytes: statSync(path).size,
    kind: 'Network',
    seed: network.seed,
    layers: summary.layers,
    parameterCount: summary.parameterCount,
    table: String(summary),
  };
}
