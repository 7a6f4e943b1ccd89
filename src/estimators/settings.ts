/** The options of the estimators checked, with every default filled in. */

import { entriesOf } from '../data/class-weight.js';
import type { Activation, BackendName, GemmChoice, Precision } from '../engine/contract.js';
import { activationNames, losses } from '../engine/kinds.js';
import { ChainruleError, show } from '../error.js';
import {
  boolean,
  type Check,
  fraction,
  innerFractions,
  integer,
  nonNegative,
  oneOf,
  optional,
  optionsObject,
  positive,
  unexpected,
} from '../options/checks.js';
import { defaults, MAX_THREADS } from '../options/defaults.js';
import { checksOfKinds, type FieldsOfKind, resolveKind } from '../options/kinds.js';
import { precisionChoice, seedNumber } from '../options/network.js';
import { batchSizeFor, epochsFor, fitSizeFor } from './fit-size.js';
import type { EstimatorLoadOptions } from './machine.js';
import type { ClassifierMetric, EstimatorOptions, RegressorMetric } from './options.js';
import type { Recipe, TargetLoss } from './recipe.js';
import type { GatherBy } from './row-stream.js';
import { type ColumnOverrides, checkColumns } from './rows.js';
import { checkThreshold, type ThresholdOption } from './threshold.js';

/** The checked options of both. */
export interface CommonSettings {
  /** null: by the number of rows, as the next three. */
  hiddenLayers: number[] | null;
  batchSize: number | null;
  members: number | null;
  epochs: number | null;
  /** Of few rows. */
  mostEpochs: number;
  activation: Activation;
  learningRate: number;
  dropout: number;
  weightDecay: number;
  /** Epochs without an improvement that end the fit; null for none. */
  patience: number | null;
  /** null: `DEFAULT_SPLIT` with one member. */
  validationSplit: number | null;
  columns: ColumnOverrides | null;
  seed: number;
  /** Whether the seed was given, not drawn. */
  hasOwnSeed: boolean;
  threads: number;
  backend: BackendName | 'auto';
  gemm: GemmChoice;
  precision: Precision;
}

export interface ClassifierSettings extends CommonSettings {
  metric: ClassifierMetric;
  /** By the text of the label. */
  classWeight: 'balanced' | ReadonlyMap<string, number> | null;
  threshold: ThresholdOption | null;
  labelSmoothing: number;
}

export interface RegressorSettings extends CommonSettings {
  metric: RegressorMetric;
  loss: TargetLoss;
}

const COMMON_FIELDS = [
  'hiddenLayers',
  'activation',
  'learningRate',
  'batchSize',
  'epochs',
  'dropout',
  'weightDecay',
  'earlyStopping',
  'validationSplit',
  'members',
  'columns',
  'seed',
  'threads',
  'backend',
  'gemm',
  'precision',
] as const satisfies (keyof EstimatorOptions)[];

const count = integer(1, 2 ** 31 - 1);
const memberCount = integer(1, 100);
const machineChecks = {
  threads: integer(1, MAX_THREADS),
  backend: oneOf<BackendName | 'auto'>(['auto', 'native', 'reference']),
  gemm: oneOf<GemmChoice>(['auto', 'own', 'openblas']),
};
const hiddenActivation = oneOf<Activation>(activationNames.filter((name) => name !== 'softmax'));
const DEFAULT_PATIENCE = 40;
const DEFAULT_DECAY = 0.02;
/** The part of the rows that a single member is not trained on. */
export const DEFAULT_SPLIT = 0.2;

/** Checks the options of a classifier. Throws ERR_OPTION. */
export function classifierSettings(value: unknown): ClassifierSettings {
  const options = optionsObject(
    value,
    [...COMMON_FIELDS, 'metric', 'classWeight', 'threshold', 'labelSmoothing'],
    'the options of MLPClassifier',
  );
  const metric = optional(options.metric, 'metric', oneOf(['accuracy', 'logLoss', 'auc']), 'accuracy');
  return {
    ...commonSettings(options, { activation: 'selu', learningRate: 0.04, mostEpochs: 64, dropout: 0.15 }),
    metric: metric as ClassifierMetric,
    classWeight: optional(options.classWeight, 'classWeight', checkClassWeight, null),
    threshold: optional(options.threshold, 'threshold', checkThreshold, null),
    labelSmoothing: optional(
      options.labelSmoothing,
      'labelSmoothing',
      fraction,
      metric === 'accuracy' ? 0.1 : 0,
    ),
  };
}

/** Checks the options of a regressor. Throws ERR_OPTION. */
export function regressorSettings(value: unknown): RegressorSettings {
  const options = optionsObject(value, [...COMMON_FIELDS, 'metric', 'loss'], 'the options of MLPRegressor');
  const metric = optional(options.metric, 'metric', oneOf<RegressorMetric>(['rmse', 'mae', 'r2']), 'rmse');
  return {
    ...commonSettings(options, { activation: 'mish', learningRate: 0.035, mostEpochs: 128, dropout: 0 }),
    metric,
    loss: checkLoss(options.loss === undefined ? (metric === 'mae' ? 'absolute' : 'squared') : options.loss),
  };
}

/** Checks options that depend on the machine. Throws ERR_OPTION. */
export function machineOptions(value: unknown, where: string): EstimatorLoadOptions {
  const options = optionsObject(value, Object.keys(machineChecks), where);
  for (const [name, check] of Object.entries(machineChecks)) {
    optional<unknown, undefined>(options[name], name, check, undefined);
  }
  return options;
}

function commonSettings(
  options: Readonly<Record<string, unknown>>,
  byDefault: Pick<CommonSettings, 'activation' | 'learningRate' | 'mostEpochs' | 'dropout'>,
): CommonSettings {
  const members = optional(options.members, 'members', memberCount, null);
  if (members !== null && members > 1 && options.validationSplit !== undefined) {
    throw new ChainruleError(
      'ERR_OPTION',
      `validationSplit and members (${members}) are both given, expected one of them: ` +
        'each member is tested on its own fold',
    );
  }
  return {
    hiddenLayers: optional(options.hiddenLayers, 'hiddenLayers', checkWidths, null),
    activation: optional(options.activation, 'activation', hiddenActivation, byDefault.activation),
    learningRate: optional(options.learningRate, 'learningRate', positive, byDefault.learningRate),
    batchSize: optional(options.batchSize, 'batchSize', count, null),
    epochs: optional(options.epochs, 'epochs', count, null),
    mostEpochs: byDefault.mostEpochs,
    dropout: optional(options.dropout, 'dropout', fraction, byDefault.dropout),
    weightDecay: optional(options.weightDecay, 'weightDecay', nonNegative, DEFAULT_DECAY),
    patience: optional(options.earlyStopping, 'earlyStopping', checkEarlyStopping, null),
    validationSplit: optional(options.validationSplit, 'validationSplit', fraction, null),
    members,
    columns: optional(options.columns, 'columns', checkColumns, null),
    hasOwnSeed: options.seed !== undefined,
    seed: optional(options.seed, 'seed', seedNumber, Math.floor(Math.random() * 2 ** 32)),
    threads: optional(options.threads, 'threads', machineChecks.threads, defaults.threads()),
    backend: optional(options.backend, 'backend', machineChecks.backend, 'auto'),
    gemm: optional(options.gemm, 'gemm', machineChecks.gemm, 'auto'),
    precision: optional(options.precision, 'precision', precisionChoice, defaults.precision),
  };
}

const checkWidths: Check<number[]> = (value, name) => {
  if (!Array.isArray(value)) throw unexpected(name, value, 'an array of numbers of units');
  return value.map((units, l) => count(units, `${name}[${l}]`));
};

const checkEarlyStopping: Check<number | null> = (value, name) => {
  if (typeof value === 'object' && value !== null) {
    const { patience } = optionsObject(value, ['patience'], name);
    return optional(patience, `${name}.patience`, count, DEFAULT_PATIENCE);
  }
  return boolean(value, name) ? DEFAULT_PATIENCE : null;
};

const checkClassWeight: Check<'balanced' | ReadonlyMap<string, number>> = (value, name) => {
  if (value === 'balanced') return value;
  const entries = entriesOf(value);
  if (entries === null) {
    throw unexpected(name, value, "'balanced', an object { label: weight } or a Map of labels to weights");
  }
  if (entries.length === 0) {
    throw new ChainruleError('ERR_OPTION', `${name} has no weight, expected one for at least one label`);
  }
  return new Map(
    entries.map(([label, weight]) => [String(label), nonNegative(weight, `${name}[${show(label)}]`)]),
  );
};

const checkQuantiles: Check<number[]> = (value, name) => {
  const quantiles = innerFractions(value, name);
  if (quantiles.some((each, i) => i > 0 && each <= quantiles[i - 1])) {
    throw new ChainruleError('ERR_OPTION', `${name} is [${quantiles}], expected numbers in ascending order`);
  }
  return quantiles;
};

const lossFields: FieldsOfKind<TargetLoss['kind']> = {
  squared: {},
  absolute: {},
  huber: checksOfKinds(losses).huber,
  quantile: { quantiles: checkQuantiles },
};

/** Checks the option `loss` of a regressor. Throws ERR_OPTION. */
function checkLoss(value: unknown): TargetLoss {
  // The table above gives each kind its fields, which the compiler cannot follow.
  return resolveKind(value, 'loss', 'a loss', lossFields) as unknown as TargetLoss;
}

/** The recipe that settings ask for, for so many rows to train on, and so many held out. */
export function recipeOf(
  settings: CommonSettings,
  task: Pick<Recipe, 'loss' | 'labelSmoothing' | 'monitor'>,
  rows: number,
  heldOut: number,
): Recipe {
  const all = rows + heldOut;
  const { activation, learningRate, dropout, weightDecay } = settings;
  return {
    hiddenLayers: settings.hiddenLayers ?? fitSizeFor(all).hiddenLayers,
    activation,
    learningRate,
    epochs: settings.epochs ?? epochsFor(all, settings.mostEpochs),
    dropout,
    weightDecay,
    batchSize: settings.batchSize ?? batchSizeFor(rows),
    patience: settings.patience ?? Number.POSITIVE_INFINITY,
    ...task,
  };
}

/** How an estimator of these settings reads rows: with several members, it trains on folds of rows in memory. */
export function gatherBy({ members, validationSplit, seed }: CommonSettings, areClasses: boolean): GatherBy {
  if (members !== null && members > 1) return null;
  return { areClasses, seed, heldOut: validationSplit ?? DEFAULT_SPLIT };
}
