/** Networks from other software's files. */

import { ChainruleError } from '../error.js';
import { fromBrain } from '../formats/brain/from-brain.js';
import type { ImportedNetwork } from '../formats/imports/layer-chain.js';
import { readWhole } from '../formats/read-whole.js';
import { filePath } from '../options/file-path.js';
import { resolveImport } from '../options/import.js';
import type { NetworkOptions } from '../options/network.js';

/** The options of `Network` for the network of an ONNX model, which is its bytes or its path. Throws as `fromONNX`. */
export async function onnxOptions(model: unknown, options: unknown): Promise<NetworkOptions> {
  const { bytes, file } = await readSource(model, 'Network.fromONNX');
  const { fromOnnx } = await import('../formats/onnx/from-onnx.js');
  return importedOptions(fromOnnx(bytes, file), options, 'Network.fromONNX');
}

/** Likewise of the model.json of TensorFlow.js. */
export async function tfjsOptions(path: unknown, options: unknown): Promise<NetworkOptions> {
  const file = filePath(path, 'the path of Network.fromTFJS');
  const { fromTfjs } = await import('../formats/tfjs/from-tfjs.js');
  return importedOptions(await fromTfjs(file), options, 'Network.fromTFJS');
}

/** Likewise of brain.js's JSON. */
export function brainOptions(json: unknown, options: unknown): NetworkOptions {
  return importedOptions(fromBrain(json), options, 'Network.fromBrain');
}

/** The options of `Network` for a network from a file. Throws ERR_OPTION. */
function importedOptions(
  { layers, ...imported }: ImportedNetwork,
  options: unknown,
  method: string,
): NetworkOptions {
  const { network, outputActivation } = resolveImport(options, method);
  const output = layers[layers.length - 1];
  if (outputActivation !== null && output.activation !== 'identity') {
    throw new ChainruleError(
      'ERR_OPTION',
      `outputActivation is '${outputActivation}', but the output layer in the file has '${output.activation}'`,
    );
  }
  const last = outputActivation === null ? output : { ...output, activation: outputActivation };
  return { ...imported, layers: [...layers.slice(0, -1), last], ...network };
}

/** Protobuf can hold no more. */
const MOST_BYTES = 2 ** 31 - 1;

/**
 * The bytes of a file, or those that are given.
 *
 * @returns also what messages call them
 * @throws {@link ChainruleError} ERR_FILE, ERR_OPTION
 */
async function readSource(source: unknown, method: string): Promise<{ bytes: Uint8Array; file: string }> {
  if (source instanceof Uint8Array) return { bytes: source, file: 'the model' };
  const path = filePath(source, `the model of ${method}`);
  return { bytes: await readWhole(path, MOST_BYTES), file: path };
}
