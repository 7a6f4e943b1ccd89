/**
 * An estimator as one safetensors file: the networks' tensors under 'members.0.', 'members.1.', ... with the names
 * that a network's own file has, the conformal scores, and the rest as JSON in the metadata.
 */

import { isMap } from '../data/realms.js';
import { RowEncoder } from '../data/row-encoder.js';
import { ChainruleError } from '../error.js';
import type { FileTensors } from '../formats/file-tensors.js';
import type { Model } from '../formats/model.js';
import { checkingFile, checkVersion, packModel, planModel, readDescribed } from '../formats/model-file.js';
import { ESTIMATOR_KEY } from '../formats/model-kind.js';
import { type Tensor, writeSafetensors } from '../formats/safetensors.js';
import { modelOf, networkOf } from '../network/network.js';
import { type Check, finite, optionsObject, unexpected } from '../options/checks.js';
import type { Ensemble } from './ensemble.js';
import type { InputShape } from './fit-input.js';
import { list, text, texts } from './json-checks.js';
import type { EstimatorLoadOptions } from './machine.js';

const FORMAT_VERSION = 1;
const MAX_DEPTH = 16;
const SCORES = 'conformalScores';
const FIELDS = [
  'formatVersion',
  'kind',
  'options',
  'encoder',
  'shape',
  'constant',
  'members',
  'warnings',
  'head',
  'fit',
];

/** What both estimators keep in a file. */
export interface SavedEstimator {
  /** The options it was made with. */
  options: object;
  encoder: RowEncoder;
  shape: InputShape;
  ensemble: Ensemble;
  /** What was odd about the rows of the fit. */
  warnings: readonly string[];
  /** What the kind of estimator has besides, as JSON. */
  head: unknown;
  /** How the fit went, as JSON, or its promise; undefined in files that do not say. */
  fit: unknown;
  /** Conformal scores; empty for a classifier. */
  scores: Float32Array;
}

/** Options that belong to the machine, not to the model. */
const MACHINE_OPTIONS = ['backend', 'gemm', 'threads'];

/**
 * Writes an estimator as it is now, whole or not at all.
 *
 * @param withOptimizer - whether the optimizers' states go into the file, which triples its size
 * @throws {@link ChainruleError} ERR_FILE
 */
export async function writeEstimator(
  path: string,
  kind: string,
  { options, encoder, shape, ensemble, warnings, head, fit, scores }: SavedEstimator,
  withOptimizer: boolean,
): Promise<void> {
  const tensors = new Map<string, Tensor>();
  const members = ensemble.networks.map((network, i) => {
    const { optimizerState, ...model } = modelOf(network, 'save');
    return packModel(tensors, `members.${i}.`, withOptimizer ? { ...model, optimizerState } : model);
  });
  if (scores.length > 0) tensors.set(SCORES, { shape: [scores.length], values: scores });
  const description = {
    formatVersion: FORMAT_VERSION,
    kind,
    options: describeOptions(options),
    encoder: encoder.toJSON(),
    shape,
    constant: ensemble.constant,
    members,
    warnings,
    head,
    fit: await fit,
  };
  await writeSafetensors(path, {
    tensors,
    metadata: new Map([[ESTIMATOR_KEY, JSON.stringify(description)]]),
  });
}

function describeOptions(options: object): object {
  return Object.fromEntries(
    Object.entries(options)
      .filter(([name]) => !MACHINE_OPTIONS.includes(name))
      .map(([name, value]) => [name, isMap(value) ? describeMap(value) : value]),
  );
}

/** classWeight finds a label by its text. */
function describeMap(map: ReadonlyMap<unknown, unknown>): object {
  return Object.fromEntries(Array.from(map, ([label, weight]) => [String(label), weight]));
}

/**
 * Reads an estimator and checks all of it.
 *
 * @param readHead - makes an estimator of what the file holds; its ERR_OPTION errors are the file's
 * @throws {@link ChainruleError} ERR_FILE for a file that is missing, malformed or of another kind
 */
export async function readEstimator<T>(
  path: string,
  kind: string,
  machine: EstimatorLoadOptions,
  readHead: (saved: SavedEstimator) => T,
): Promise<T> {
  const holding = { key: ESTIMATOR_KEY, holds: 'an estimator', maxDepth: MAX_DEPTH };
  const { models, saved } = await readDescribed(path, holding, (description, tensors) =>
    planEstimator(description, kind, tensors),
  );
  // An engine that is not there is no fault of the file.
  const networks = models.map((model) => networkOf(model, threadsOfMembers(models.length, machine)));
  const { constant } = saved;
  const ensemble = { networks, outputs: constant.length, constant };
  return checkingFile(`the description of the estimator in ${path}`, () => readHead({ ...saved, ensemble }));
}

/** As in a fit: several members have a thread each, so that they train side by side. */
function threadsOfMembers(members: number, machine: EstimatorLoadOptions): EstimatorLoadOptions {
  return members > 1 ? { ...machine, threads: 1 } : machine;
}

function planEstimator(description: unknown, kind: string, tensors: FileTensors) {
  const fields = optionsObject(description, FIELDS, 'the description');
  checkVersion(fields.formatVersion, FORMAT_VERSION);
  if (fields.kind !== kind) throw unexpected('kind', fields.kind, `'${kind}'`);
  const encoder = RowEncoder.fromJSON(fields.encoder);
  const constant = finiteNumbers(fields.constant, 'constant');
  const members = list(fields.members, 'members').map((member, i) =>
    planModel(tensors, `members.${i}.`, member, (spec) => checkSizes(spec, encoder, constant, tensors.path)),
  );
  const scores = planScores(tensors);
  // Which options there are is for the estimator to say; a text would have each of its characters as a key.
  const names = typeof fields.options === 'object' ? Object.keys(fields.options ?? {}) : [];
  const options = optionsObject(fields.options, names, 'options');
  const warnings = texts(fields.warnings, 'warnings');
  const shape = readShape(fields.shape);
  const { head, fit } = fields;
  return () => ({
    models: members.map((model) => model()),
    saved: { options, encoder, constant, shape, warnings, head, fit, scores: scores() },
  });
}

/** A member takes what the encoder gives, and gives a value for each constant. */
function checkSizes(
  spec: Model['spec'],
  encoder: RowEncoder,
  constant: readonly number[],
  path: string,
): void {
  const outputs = spec.layers[spec.layers.length - 1].units;
  if (spec.inputSize === encoder.width && outputs === constant.length) return;
  throw new ChainruleError(
    'ERR_FILE',
    `${path} holds a network from ${spec.inputSize} to ${outputs} values, ` +
      `expected ${encoder.width} to ${constant.length}`,
  );
}

function planScores(tensors: FileTensors): () => Float32Array {
  const shape = tensors.shapeOf(SCORES);
  if (shape === undefined) return () => new Float32Array(0);
  const [length = 0] = shape;
  const values = tensors.take([{ name: SCORES, shape: [length], start: 0 }], length, {
    what: 'a conformal score',
  });
  return () => {
    if (values().every((value, i) => i === 0 || values()[i - 1] <= value)) return values();
    throw new ChainruleError(
      'ERR_FILE',
      `${tensors.path} has tensor '${SCORES}', expected numbers in ascending order`,
    );
  };
}

function readShape(value: unknown): InputShape {
  const { names, target, dropped } = optionsObject(value, ['names', 'target', 'dropped'], 'shape');
  return {
    names: texts(names, 'shape.names'),
    target: target === null ? null : text(target, 'shape.target'),
    dropped: texts(dropped, 'shape.dropped'),
  };
}

const finiteNumbers: Check<number[]> = (value, name) =>
  list(value, name).map((each, i) => finite(each, `${name}[${i}]`));
