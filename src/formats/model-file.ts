/**
 * A network as a safetensors file. Weights and biases have the names that PyTorch gives them in an
 * `nn.Sequential` of linear layers and activations: '0.weight' (out, in), '0.bias', '2.weight', ...
 * The scale of the inputs is 'inputScale' (in). The optimizer's values have names such as 'optimizer.firstMoment.0.weight'; the rest is JSON in the metadata.
 */

import { momentNames } from '../engine/kinds.js';
import { parameterLayout, type Span } from '../engine/layout.js';
import { ChainruleError } from '../error.js';
import { newFloats } from '../numbers/allocate.js';
import { firstNonFinite } from '../numbers/finite.js';
import { integer, optionsObject, unexpected } from '../options/checks.js';
import {
  describeNetwork,
  type NetworkOptions,
  resolveNetworkOptions,
  seedNumber,
} from '../options/network.js';
import type { Model } from './model.js';
import { NETWORK_KEY } from './model-kind.js';
import { readSafetensors, type Tensor, writeSafetensors } from './safetensors.js';
import { parseStrictJson } from './strict-json.js';

/**
 * Raised whenever older versions of the library would misread new files. A field that was added later gets
 * its default if it is missing.
 */
const FORMAT_VERSION = 1;
/** Description, network, layers, a layer, its factors, those of a tensor. */
const MAX_DEPTH = 6;
const DESCRIPTION_FIELDS = ['formatVersion', 'network', 'seed', 'optimizerStep'];
/** The options that belong to the network, not to the machine. */
const NETWORK_FIELDS = ['inputSize', 'layers', 'inputScale', 'loss', 'optimizer', 'l2', 'labelSmoothing'];

const stepCount = integer(0, Number.MAX_SAFE_INTEGER);

/** Writes a model, whole or not at all. Throws ERR_FILE. */
export async function writeModel(path: string, model: Model): Promise<void> {
  const tensors = new Map<string, Tensor>();
  const description = { formatVersion: FORMAT_VERSION, ...packModel(tensors, '', model) };
  const metadata = new Map([[NETWORK_KEY, JSON.stringify(description)]]);
  await writeSafetensors(path, { tensors, metadata });
}

/** Reads a model and checks all of it. Throws ERR_FILE. */
export async function readModel(path: string): Promise<Model> {
  const { tensors, description, what } = await readDescribed(path, NETWORK_KEY, 'a network', MAX_DEPTH);
  const model = checkingFile(what, () => {
    const { formatVersion, ...fields } = optionsObject(description, DESCRIPTION_FIELDS, 'the description');
    checkVersion(formatVersion, FORMAT_VERSION);
    return unpackModel(tensors, '', fields, path);
  });
  refuseOtherTensors(tensors, path);
  return model;
}

/**
 * Reads a file with tensors and a description of what they are.
 *
 * @param key of the description in the metadata
 * @param holds what the file should hold, e.g. 'a network'
 * @returns also what to call the description in messages
 */
export async function readDescribed(
  path: string,
  key: string,
  holds: string,
  maxDepth: number,
): Promise<{ tensors: Map<string, Tensor>; description: unknown; what: string }> {
  const { tensors, metadata } = await readSafetensors(path);
  const text = metadata.get(key);
  if (text === undefined) {
    throw new ChainruleError('ERR_FILE', `${path} is a safetensors file without ${holds} of chainrule in it`);
  }
  const what = `the description of ${holds.replace(/^an? /, 'the ')} in ${path}`;
  return { tensors, description: parseStrictJson(text, what, maxDepth), what };
}

/** A network in a file, without its tensors. */
export interface ModelDescription {
  network: NetworkOptions;
  seed: number;
  /** Steps of the optimizer; absent if its state is not in the file. */
  optimizerStep?: number;
}

/**
 * Adds the tensors of a model to those of a file, with `prefix` before their names.
 *
 * @returns what the file has to say of the model besides
 */
export function packModel(
  tensors: Map<string, Tensor>,
  prefix: string,
  { spec, parameters, optimizerState }: Omit<Model, 'optimizerState'> & Partial<Model>,
): ModelDescription {
  // What `load` would refuse must not replace a good file.
  if (firstNonFinite(parameters) >= 0) throw notSaved('weight');
  addTensors(tensors, prefix, parameters, spec);
  if (optimizerState !== undefined) {
    momentNames(spec.optimizer).forEach((name, i) => {
      if (firstNonFinite(optimizerState.moments[i]) >= 0) throw notSaved(`number of the optimizer's ${name}`);
      addTensors(tensors, `${prefix}optimizer.${name}.`, optimizerState.moments[i], spec);
    });
  }
  return {
    network: describeNetwork(spec),
    seed: spec.seed,
    ...(optimizerState === undefined ? {} : { optimizerStep: optimizerState.step }),
  };
}

function notSaved(what: string): ChainruleError {
  return new ChainruleError('ERR_DIVERGED', `a ${what} is NaN or infinite, and such a network is not saved`);
}

/**
 * Takes a model out of the tensors of a file. Without a state of the optimizer it is that of a new network.
 *
 * @throws {@link ChainruleError} ERR_OPTION for a description that is not valid, ERR_FILE for missing tensors
 */
export function unpackModel(
  tensors: Map<string, Tensor>,
  prefix: string,
  description: unknown,
  path: string,
): Model {
  const fields = optionsObject(description, ['network', 'seed', 'optimizerStep'], 'the description');
  const network = optionsObject(fields.network, NETWORK_FIELDS, 'network');
  const { spec } = resolveNetworkOptions({ ...network, seed: seedNumber(fields.seed, 'seed') });
  const hasState = prefix === '' || fields.optimizerStep !== undefined;
  const step = hasState ? stepCount(fields.optimizerStep, 'optimizerStep') : 0;
  const parameters = takeTensors(tensors, prefix, spec, path);
  if (firstNonFinite(parameters) >= 0) {
    throw new ChainruleError('ERR_FILE', `${path} holds a parameter that is NaN or infinite`);
  }
  const moments = momentNames(spec.optimizer).map((name) =>
    hasState
      ? takeMoment(tensors, prefix, name, spec, path)
      : newFloats(parameters.length, "the optimizer's state"),
  );
  return { spec, parameters, optimizerState: { step, moments } };
}

/** Throws ERR_OPTION unless a file has the version that this library reads. */
export function checkVersion(version: unknown, expected: number): void {
  if (version === expected) return;
  throw unexpected('formatVersion', version, `${expected}; newer ones need a newer chainrule`);
}

/** Throws ERR_FILE if tensors are left that nothing has taken. */
export function refuseOtherTensors(tensors: Map<string, Tensor>, path: string): void {
  for (const name of tensors.keys()) {
    throw new ChainruleError(
      'ERR_FILE',
      `${path} has tensor '${name.slice(0, 60)}', which is none of its network's`,
    );
  }
}

/** Runs `read`; what it finds wrong with `what` is the fault of the file, not of an option of the caller. */
export function checkingFile<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof ChainruleError) || ['ERR_FILE', 'ERR_MEMORY'].includes(cause.code)) throw cause;
    throw new ChainruleError('ERR_FILE', `${what} is not valid: ${cause.message}`, { cause });
  }
}

/** A tensor of a network: its name in a file, its shape, and where its values are in a flat array. */
interface Place extends Span {
  name: string;
  shape: number[];
}

function tensorPlaces(spec: Model['spec']): Place[] {
  const { layers, scale } = parameterLayout(spec);
  const places = layers.flatMap(({ inputs, units, weight, bias }, l): Place[] => {
    // An nn.Sequential also counts the activations in between, so linear layers have even numbers.
    const all = [{ name: `${2 * l}.weight`, shape: [units, inputs], ...weight }];
    if (spec.layers[l].useBias) all.push({ name: `${2 * l}.bias`, shape: [units], ...bias });
    return all;
  });
  if (spec.inputScale !== null) places.push({ name: 'inputScale', shape: [spec.inputSize], ...scale });
  return places;
}

function addTensors(
  tensors: Map<string, Tensor>,
  prefix: string,
  flat: Float32Array,
  spec: Model['spec'],
): void {
  for (const { name, shape, start, end } of tensorPlaces(spec)) {
    tensors.set(prefix + name, { shape, values: flat.subarray(start, end) });
  }
}

/** One of the optimizer's moments. Throws ERR_FILE if a step with it would spoil the weights. */
function takeMoment(
  tensors: Map<string, Tensor>,
  prefix: string,
  name: string,
  spec: Model['spec'],
  path: string,
): Float32Array {
  const moment = takeTensors(tensors, `${prefix}optimizer.${name}.`, spec, path);
  const what = `${path} holds a number of the optimizer's ${name} that is`;
  if (firstNonFinite(moment) >= 0) throw new ChainruleError('ERR_FILE', `${what} NaN or infinite`);
  // A mean of squares, whose root is taken.
  if (name === 'secondMoment' && moment.some((value) => value < 0)) {
    throw new ChainruleError('ERR_FILE', `${what} negative, expected at least 0`);
  }
  return moment;
}

/** Moves the tensors with `prefix` from `tensors` to a flat array. */
function takeTensors(
  tensors: Map<string, Tensor>,
  prefix: string,
  spec: Model['spec'],
  path: string,
): Float32Array {
  const taken = tensorPlaces(spec).map(({ name, shape, start }) => {
    const tensor = tensors.get(prefix + name);
    if (tensor === undefined)
      throw new ChainruleError('ERR_FILE', `${path} has no tensor '${prefix}${name}'`);
    if (tensor.shape.join() !== shape.join()) {
      throw new ChainruleError(
        'ERR_FILE',
        `${path} has tensor '${prefix}${name}' of shape [${tensor.shape}], expected [${shape}]`,
      );
    }
    tensors.delete(prefix + name);
    return { values: tensor.values, start };
  });
  // Not earlier: only now is it known that the file has as many values as its description says.
  const flat = newFloats(parameterLayout(spec).length, 'the parameters');
  for (const { values, start } of taken) flat.set(values, start);
  return flat;
}
