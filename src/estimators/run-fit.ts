/** Runs the fits of an estimator, of either kind: one at a time, told to who subscribes, kept in checkpoints. */

import { keeping } from '../checkpoint/keeper.js';
import { either } from '../network/abort-signal.js';
import { checkpointWatch, traceFit } from '../network/diagnostics.js';
import { type FitWatch, watched } from '../network/fit-stream.js';
import { type FitInput, readFitInput } from './fit-input.js';
import {
  type EstimatorHistory,
  type FitControl,
  type MemberEpochRecord,
  resolveEstimatorFit,
} from './fit-options.js';
import type { Fitted, FittedModel } from './fitted.js';
import { untilCut } from './nothing-learnt.js';
import { type ResolvedPartialFit, resolvePartialFit } from './partial-fit.js';
import { type CommonSettings, gatherBy } from './settings.js';

/** An estimator as its fits need it. */
export interface Trainee<Model extends FittedModel> {
  kind: 'MLPClassifier' | 'MLPRegressor';
  /** What the caller calls it. */
  model: object;
  fitted: Fitted<Model>;
  settings: CommonSettings;
}

/** The arguments of `fit`. */
export interface FitArguments {
  rows: unknown;
  labels: unknown;
  options: unknown;
  watch: FitWatch<MemberEpochRecord> | null;
}

/**
 * Fits an estimator from the start.
 *
 * @param train - makes the model; gets the option `classes`, which classifiers have
 */
export function runFit<Model extends FittedModel>(
  { kind, model, fitted, settings }: Trainee<Model>,
  { rows, labels, options, watch }: FitArguments,
  train: (input: FitInput, control: FitControl, classes: unknown) => Promise<Model>,
): Promise<EstimatorHistory> {
  return traceFit({ kind, model, method: 'fit' }, (trace) =>
    fitted.change('fit', false, async (_, disposed) => {
      const resolved = resolveEstimatorFit(options, settings.members ?? 1, ownFields(kind));
      const watcher = checkpointWatch(kind, model);
      return keeping(resolved.checkpoints, { kind, ...settings }, watcher, async (keeper) => {
        const control = { ...endedBy(disposed, watched(resolved.control, watch)), trace, keeper };
        const gather = gatherBy(settings, kind === 'MLPClassifier');
        const input = await untilCut(control, (isOver) =>
          readFitInput(rows, labels, settings.columns, { ...resolved, isOver }, gather),
        );
        return train(input, control, resolved.classes);
      });
    }),
  );
}

/**
 * Fits an estimator further.
 *
 * @param train - makes the next model of the one there is, which is null before the first fit
 */
export async function runPartialFit<Model extends FittedModel>(
  { kind, model, fitted }: Trainee<Model>,
  options: unknown,
  train: (before: Model | null, resolved: ResolvedPartialFit) => Promise<Model>,
): Promise<void> {
  await traceFit({ kind, model, method: 'partialFit' }, (trace) =>
    fitted.change('partialFit', true, async (before, disposed) => {
      const resolved = resolvePartialFit(options, ownFields(kind));
      return train(before, { ...resolved, control: { ...endedBy(disposed, resolved.control), trace } });
    }),
  );
}

/** A fit that `dispose` ends, too. */
function endedBy(disposed: AbortSignal, control: FitControl): FitControl {
  const { signal } = control;
  return { ...control, signal: signal === null ? disposed : either(signal, disposed) };
}

/** Options of a fit that only estimators of this kind have. */
function ownFields(kind: Trainee<FittedModel>['kind']): readonly string[] {
  return kind === 'MLPClassifier' ? ['classes'] : [];
}
