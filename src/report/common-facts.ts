/** What reports of both estimators say. */

import type { RowEncoder } from '../data/row-encoder.js';
import type { Ensemble } from '../estimators/ensemble.js';
import type { InputShape } from '../estimators/fit-input.js';
import type { HeldOut } from '../estimators/held-out.js';
import type { Provenance } from '../estimators/provenance.js';
import type { Recipe } from '../estimators/recipe.js';
import { type CommonSettings, recipeOf } from '../estimators/settings.js';
import { dataFacts } from './data-facts.js';
import type { ReportFacts, TestedFacts } from './facts.js';
import { eachOnce } from './file-names.js';
import type { ResolvedReport } from './options.js';
import { reproductionOf } from './reproduction.js';
import type { TestedRows } from './tested-rows.js';

/** An estimator with what it has learnt. */
export interface Subject {
  name: ReportFacts['estimator'];
  /** The options that were given, and the seed. */
  options: Readonly<Record<string, unknown>>;
  settings: CommonSettings;
  /** Settings of this kind of estimator alone, by the names of the options. */
  own: Readonly<Record<string, unknown>>;
  model: {
    encoder: RowEncoder;
    ensemble: Ensemble;
    shape: InputShape;
    heldOut: HeldOut<Int32Array | Float64Array> | null;
    savedScore: { rows: number } | null;
    provenance: Provenance;
  };
  warnings: readonly string[];
  taskOf: (heldOut: number) => Pick<Recipe, 'loss' | 'labelSmoothing' | 'monitor'>;
}

/** @param heard - what is odd about the tested rows */
export function commonFacts<Targets>(
  subject: Subject,
  tested: TestedRows<Targets & ArrayLike<number>>,
  resolved: ResolvedReport,
  heard: readonly string[],
): Pick<
  ReportFacts,
  'title' | 'estimator' | 'dataName' | 'target' | 'made' | 'tested' | 'data' | 'reproduction'
> {
  const { name, options, model, warnings } = subject;
  const { encoder, ensemble, shape, provenance } = model;
  const { target } = shape;
  const { dataName } = resolved;
  const data = dataFacts(encoder, shape, provenance.rows || null);
  return {
    title: resolved.title ?? titleOf(name, target, dataName),
    estimator: name,
    dataName,
    target,
    made: new Date().toISOString(),
    tested: testedFacts(tested, model),
    data: { ...data, ...warningsOf(warnings, heard, resolved.readWarnings) },
    reproduction: reproductionOf(
      {
        estimator: name,
        options,
        settings: settingsOf(subject),
        target,
        dropped: data.dropped,
        networks: ensemble.networks,
      },
      resolved,
    ),
  };
}

function warningsOf(fit: readonly string[], heard: readonly string[], read: readonly string[]) {
  const ofFit = eachOnce(fit, read);
  const ofTest = eachOnce(heard, ofFit.read);
  return { warnings: ofFit.own, testWarnings: ofTest.own, readWarnings: ofTest.read };
}

function titleOf(name: string, target: string | null, dataName: string | null): string {
  const what = target ?? (name === 'MLPClassifier' ? 'Classes' : 'Numbers');
  return dataName === null ? what : `${what} in ${dataName}`;
}

function testedFacts<Targets>(
  { how, targets, weights }: TestedRows<Targets & ArrayLike<number>>,
  { ensemble, heldOut, provenance }: Subject['model'],
): TestedFacts {
  const rows = targets.length;
  const mayBeSeen = how === 'new' && heldOut === null && provenance.rows === rows;
  return { how, mayBeSeen, rows, networks: ensemble.networks.length, isWeighted: weights !== null };
}

/** Settings as they came to be; those that depend on the rows of the fit only if these are known. */
function settingsOf(subject: Subject): Record<string, unknown> {
  const { settings, own, model } = subject;
  const { networks } = model.ensemble;
  const recipe = model.provenance.rows === 0 ? null : recipeOfFit(subject);
  const layers = networks[0]?.summary().layers.slice(0, -1);
  const all: Record<string, unknown> = {
    members: networks.length,
    hiddenLayers: layers?.map(({ units }) => units) ?? settings.hiddenLayers,
    activation: settings.activation,
    learningRate: settings.learningRate,
    batchSize: recipe?.batchSize ?? settings.batchSize,
    epochs: recipe?.epochs ?? settings.epochs,
    dropout: settings.dropout,
    weightDecay: settings.weightDecay,
    ...own,
    validationSplit: settings.validationSplit,
    seed: settings.seed,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));
}

function recipeOfFit({ settings, model, taskOf }: Subject): Recipe {
  const { ensemble, heldOut, savedScore, provenance } = model;
  const known = heldOut?.rows.length ?? savedScore?.rows ?? 0;
  const each = Math.round(known / Math.max(ensemble.networks.length, 1));
  const training = heldOut?.of === 'validation' ? provenance.rows : provenance.rows - each;
  return recipeOf(settings, taskOf(each), training, each);
}
