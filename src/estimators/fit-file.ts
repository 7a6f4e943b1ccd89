/**
 * How a fit went, as JSON in an estimator's file. The times of epochs are not in it, so that the same seed and rows
 * give the same file.
 */

import type { FitEnd } from '../engine/contract.js';
import type { EpochRecord, History } from '../network/history.js';
import { type Check, finite, integer, nullable, oneOf, optional, optionsObject } from '../options/checks.js';
import { VERSION } from '../version.js';
import type { EstimatorHistory } from './fit-options.js';
import { list, text } from './json-checks.js';
import type { HeldOutScore, Provenance } from './provenance.js';
import type { ClassifierEvaluation, RegressorEvaluation } from './scoring.js';

/** What both estimators know of their fit. */
export interface FitFacts<Evaluation> {
  history: EstimatorHistory;
  /** Of the rows held out. */
  savedScore: HeldOutScore<Evaluation> | null;
  provenance: Provenance;
}

/** A matrix of more classes is not kept: it would outgrow the networks. */
const MOST_MATRIX_CLASSES = 100;
/** Digits of losses and rates: those of float32. */
const DIGITS = 9;

const ENDS = ['epochs', 'converged', 'earlyStopping', 'aborted', 'maxTime', 'diverged'] as const;
const CURVES = ['loss', 'validationLoss', 'validationAccuracy', 'learningRate'] as const;
type Curve = (typeof CURVES)[number];

/** What goes into a file. */
export function packFit<Evaluation extends object>(facts: FitFacts<Evaluation>): object {
  const { history, savedScore, provenance } = facts;
  return {
    ...provenance,
    stoppedBy: history.stoppedBy,
    members: history.members.map(packHistory),
    heldOut: savedScore && {
      rows: savedScore.rows,
      evaluation: bounded(savedScore.evaluation),
      baseline: bounded(savedScore.baseline),
    },
  };
}

function bounded(evaluation: object): object {
  const { confusionMatrix, ...others } = evaluation as Partial<ClassifierEvaluation>;
  const isSmall = confusionMatrix !== undefined && confusionMatrix.length <= MOST_MATRIX_CLASSES;
  return isSmall ? evaluation : others;
}

/** A list for each thing that changes from epoch to epoch. */
function packHistory({ epochs, stoppedBy, bestEpoch }: History): object {
  const curves = CURVES.flatMap((name) => {
    const values = epochs.map((record) => recordValue(record, name));
    return values.every((value) => value === undefined)
      ? []
      : [[name, values.map((value) => rounded(value ?? Number.NaN))]];
  });
  return { stoppedBy, ...(bestEpoch === undefined ? {} : { bestEpoch }), ...Object.fromEntries(curves) };
}

function recordValue(record: EpochRecord, name: Curve): number | undefined {
  return name === 'validationAccuracy' ? record.metrics.validationAccuracy : record[name];
}

const rounded = (value: number) => Number(value.toPrecision(DIGITS));

const count = integer(0, Number.MAX_SAFE_INTEGER);
/** JSON has no NaN. */
const value: Check<number> = (given, name) => nullable(finite)(given, name) ?? Number.NaN;
const end = oneOf<FitEnd>(ENDS);

/**
 * Reads what `packFit` made. A file without it has an empty history.
 *
 * @param metrics - the fields of an evaluation that it has to have, and those that it may have
 * @throws {@link ChainruleError} ERR_OPTION, about the file
 */
export function readFit<Evaluation extends ClassifierEvaluation | RegressorEvaluation>(
  given: unknown,
  metrics: { required: readonly string[]; optional: readonly string[] },
): FitFacts<Evaluation> {
  if (given === undefined) {
    const history: EstimatorHistory = { epochs: [], stoppedBy: 'epochs', members: [] };
    return { history, savedScore: null, provenance: { version: VERSION, rows: 0 } };
  }
  const names = ['version', 'rows', 'stoppedBy', 'members', 'heldOut'];
  const fields = optionsObject(given, names, 'fit');
  const members = list(fields.members, 'fit.members').map((member, i) =>
    readHistory(member, `fit.members[${i}]`),
  );
  const readEvaluation: Check<Evaluation> = (evaluation, name) =>
    // Its fields are those of `metrics`.
    readMetrics(evaluation, name, metrics) as unknown as Evaluation;
  const readHeldOut: Check<HeldOutScore<Evaluation>> = (heldOut, name) => {
    const { rows, evaluation, baseline } = optionsObject(heldOut, ['rows', 'evaluation', 'baseline'], name);
    return {
      rows: count(rows, `${name}.rows`),
      evaluation: readEvaluation(evaluation, `${name}.evaluation`),
      baseline: readEvaluation(baseline, `${name}.baseline`),
    };
  };
  const first: History = members.length === 0 ? { epochs: [], stoppedBy: 'epochs' } : members[0];
  return {
    history: { ...first, stoppedBy: end(fields.stoppedBy, 'fit.stoppedBy'), members },
    savedScore: nullable(readHeldOut)(fields.heldOut, 'fit.heldOut'),
    provenance: { version: text(fields.version, 'fit.version'), rows: count(fields.rows, 'fit.rows') },
  };
}

function readHistory(given: unknown, name: string): History {
  const fields = optionsObject(given, ['stoppedBy', 'bestEpoch', ...CURVES], name);
  const curves = CURVES.map((curve) =>
    optional(
      fields[curve],
      `${name}.${curve}`,
      (values, where) => list(values, where).map((each, i) => value(each, `${where}[${i}]`)),
      [],
    ),
  );
  const bestEpoch = optional(fields.bestEpoch, `${name}.bestEpoch`, count, undefined);
  const [losses, validationLosses, accuracies, rates] = curves;
  return {
    epochs: losses.map(
      (loss, i): EpochRecord => ({
        epoch: i + 1,
        loss,
        ...(i < validationLosses.length ? { validationLoss: validationLosses[i] } : {}),
        metrics: i < accuracies.length ? { validationAccuracy: accuracies[i] } : {},
        learningRate: rates[i] ?? Number.NaN,
        seconds: Number.NaN,
        samplesPerSecond: Number.NaN,
      }),
    ),
    stoppedBy: end(fields.stoppedBy, `${name}.stoppedBy`),
    ...(bestEpoch === undefined ? {} : { bestEpoch }),
  };
}

function readMetrics(
  given: unknown,
  name: string,
  metrics: { required: readonly string[]; optional: readonly string[] },
): object {
  const fields = optionsObject(given, [...metrics.required, ...metrics.optional], name);
  const numbers = [...metrics.required, ...metrics.optional.filter((metric) => fields[metric] !== undefined)];
  return Object.fromEntries(
    numbers.map((metric) => [
      metric,
      metric === 'confusionMatrix'
        ? readMatrix(fields[metric], `${name}.${metric}`)
        : value(fields[metric], `${name}.${metric}`),
    ]),
  );
}

const readMatrix: Check<number[][]> = (given, name) =>
  list(given, name).map((row, i) =>
    list(row, `${name}[${i}]`).map((each, j) => finite(each, `${name}[${i}][${j}]`)),
  );
