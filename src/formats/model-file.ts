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
import type { FileSystem } from './file-system.js';
import type { FileTensors, Part, Rule } from './file-tensors.js';
import type { Model } from './model.js';
import { CHECKPOINT_KEY, NETWORK_KEY } from './model-kind.js';
import { type Tensor, writeSafetensors } from './safetensors.js';
import { MAX_TENSORS } from './safetensors-header.js';
import { readSafetensors } from './safetensors-read.js';
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
const NETWORK_FIELDS = [
  'inputSize',
  'layers',
  'inputScale',
  'loss',
  'optimizer',
  'l2',
  'labelSmoothing',
  'precision',
];

const stepCount = integer(0, Number.MAX_SAFE_INTEGER);

/** Writes a model, whole or not at all. Throws ERR_FILE. */
export async function writeModel(path: string, model: Model, files?: FileSystem): Promise<void> {
  const tensors = new Map<string, Tensor>();
  const description = { formatVersion: FORMAT_VERSION, ...packModel(tensors, '', model) };
  const metadata = new Map([[NETWORK_KEY, JSON.stringify(description)]]);
  await writeSafetensors(path, { tensors, metadata }, files);
}

/** Reads a model and checks all of it. Throws ERR_FILE. */
export function readModel(path: string, files?: FileSystem): Promise<Model> {
  const what = { key: NETWORK_KEY, holds: 'a network', maxDepth: MAX_DEPTH };
  return readDescribed(
    path,
    what,
    (description, tensors) => {
      const { formatVersion, ...fields } = optionsObject(description, DESCRIPTION_FIELDS, 'the description');
      checkVersion(formatVersion, FORMAT_VERSION);
      return planModel(tensors, '', fields);
    },
    files,
  );
}

/** What a file should hold. */
export interface Holding {
  /** Of its description in the metadata. */
  key: string;
  /** E.g. 'a network'. */
  holds: string;
  /** Of the description's objects and arrays. */
  maxDepth: number;
}

/**
 * Reads a file with tensors and a description of what they are.
 *
 * @param plan takes the tensors that the description speaks of; what it returns is called when they have been read.
 *     What both find wrong is the fault of the file
 * @throws {@link ChainruleError} ERR_FILE, ERR_MEMORY
 */
export function readDescribed<T>(
  path: string,
  { key, holds, maxDepth }: Holding,
  plan: (description: unknown, tensors: FileTensors) => () => T,
  files?: FileSystem,
): Promise<T> {
  const what = `the description of ${holds.replace(/^an? /, 'the ')} in ${path}`;
  return readSafetensors(
    path,
    (tensors, metadata) => {
      const text = metadata.get(key);
      if (text === undefined) {
        throw new ChainruleError(
          'ERR_FILE',
          metadata.has(CHECKPOINT_KEY)
            ? `${path} is a checkpoint of a fit, which its option resume continues; expected a file with ${holds}`
            : `${path} is a safetensors file without ${holds} of chainrule in it`,
        );
      }
      const description = parseStrictJson(text, what, maxDepth);
      const finish = checkingFile(what, () => plan(description, tensors));
      return () => checkingFile(what, finish);
    },
    files,
  );
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
    // Beyond, whole numbers are not exact any more, and `load` takes none.
    ...(optimizerState === undefined
      ? {}
      : { optimizerStep: Math.min(optimizerState.step, Number.MAX_SAFE_INTEGER) }),
  };
}

function notSaved(what: string): ChainruleError {
  return new ChainruleError('ERR_DIVERGED', `a ${what} is NaN or infinite, and such a network is not saved`);
}

/**
 * Takes a model's tensors. Without a state of the optimizer it is that of a new network.
 *
 * @param check - throws if the file is not right with such a network in it
 * @returns the model, once the tensors have been read
 * @throws {@link ChainruleError} ERR_OPTION for a description that is not valid, ERR_FILE for missing tensors
 */
export function planModel(
  tensors: FileTensors,
  prefix: string,
  description: unknown,
  check: (spec: Model['spec']) => void = () => {},
): () => Model {
  const fields = optionsObject(description, ['network', 'seed', 'optimizerStep'], 'the description');
  const network = optionsObject(fields.network, NETWORK_FIELDS, 'network');
  const { spec } = resolveNetworkOptions({ ...network, seed: seedNumber(fields.seed, 'seed') });
  check(spec);
  const hasState = prefix === '' || fields.optimizerStep !== undefined;
  const step = hasState ? stepCount(fields.optimizerStep, 'optimizerStep') : 0;
  const { length } = parameterLayout(spec);
  const take = (before: string, rule: Rule) => tensors.take(partsOf(before, spec), length, rule);
  const parameters = take(prefix, { what: 'a parameter' });
  const moments = momentNames(spec.optimizer).map((name) => {
    if (!hasState) return () => newFloats(length, "the optimizer's state");
    const what = `a number of the optimizer's ${name}`;
    // A step takes the root of a mean of squares.
    return take(`${prefix}optimizer.${name}.`, { what, isNonNegative: name === 'secondMoment' });
  });
  return () => ({
    spec,
    parameters: parameters(),
    optimizerState: { step, moments: moments.map((values) => values()) },
  });
}

/**
 * Refuses a network that no file could hold, before it is trained in vain.
 *
 * @throws {@link ChainruleError} ERR_OPTION
 */
export function checkTensorCount(spec: Model['spec']): void {
  const biases = spec.layers.filter(({ useBias }) => useBias).length;
  const arrays = spec.layers.length + biases + (spec.inputScale === null ? 0 : 1);
  const copies = 1 + momentNames(spec.optimizer).length;
  if (arrays * copies <= MAX_TENSORS) return;
  throw new ChainruleError(
    'ERR_OPTION',
    `layers has ${spec.layers.length} entries, with the optimizer's state ${arrays * copies} tensors; ` +
      `expected at most ${MAX_TENSORS}, since a file holds no more`,
  );
}

/** Throws ERR_OPTION unless a file has the version that this library reads. */
export function checkVersion(version: unknown, expected: number): void {
  if (version === expected) return;
  throw unexpected('formatVersion', version, `${expected}; newer ones need a newer chainrule`);
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

/** The tensors of a network in a file, and where their values are in the flat array. */
function partsOf(prefix: string, spec: Model['spec']): (Part & Span)[] {
  const { layers, scale } = parameterLayout(spec);
  const parts = layers.flatMap(({ inputs, units, weight, bias }, l): (Part & Span)[] => {
    // An nn.Sequential also counts the activations in between, so linear layers have even numbers.
    const all = [{ name: `${prefix}${2 * l}.weight`, shape: [units, inputs], ...weight }];
    if (spec.layers[l].useBias) all.push({ name: `${prefix}${2 * l}.bias`, shape: [units], ...bias });
    return all;
  });
  if (spec.inputScale !== null) {
    parts.push({ name: `${prefix}inputScale`, shape: [spec.inputSize], ...scale });
  }
  return parts;
}

function addTensors(
  tensors: Map<string, Tensor>,
  prefix: string,
  flat: Float32Array,
  spec: Model['spec'],
): void {
  for (const { name, shape, start, end } of partsOf(prefix, spec)) {
    tensors.set(name, { shape, values: flat.subarray(start, end) });
  }
}
