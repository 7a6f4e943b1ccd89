/** The weight files of a TensorFlow.js model. */

import { stat } from 'node:fs/promises';
import path from 'node:path';
import { ChainruleError, reasonOf } from '../../error.js';
import { fromFloat16 } from '../../numbers/float16.js';
import {
  countOf,
  type Fields,
  fieldsOf,
  listOf,
  numberOf,
  own,
  textOf,
  wrong,
} from '../imports/json-fields.js';
import { readWhole } from '../read-whole.js';

export interface Weight {
  readonly shape: readonly number[];
  readonly values: Float64Array;
}

/** How the numbers of a weight are stored. */
interface Entry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly size: number;
  readonly bytes: number;
  readonly read: (view: DataView, index: number) => number;
}

/**
 * All weights by their names.
 *
 * @param manifest - `weightsManifest` of model.json
 * @param model - path of model.json, beside which the files are
 * @throws {@link ChainruleError} ERR_FILE
 */
export async function readWeights(manifest: unknown, model: string): Promise<Map<string, Weight>> {
  const weights = new Map<string, Weight>();
  const seen = new Set<string>();
  for (const [index, value] of listOf(manifest, `weightsManifest of ${model}`).entries()) {
    const where = `weightsManifest[${index}] of ${model}`;
    const group = fieldsOf(value, where);
    const entries = listOf(own(group, 'weights'), `weights of ${where}`).map((weight, i) =>
      entryOf(fieldsOf(weight, `weights[${i}] of ${where}`), `weights[${i}] of ${where}`),
    );
    const files = listOf(own(group, 'paths'), `paths of ${where}`).map((file) =>
      siblingOf(model, textOf(file, `paths of ${where}`)),
    );
    for (const file of files) {
      // A short list of one large file would take any amount of memory.
      if (seen.has(file)) throw wrong(`a path in ${model}`, file, 'each weight file once');
      seen.add(file);
    }
    const needed = entries.reduce((sum, { size, bytes }) => sum + size * bytes, 0);
    const view = viewOf(await readShards(files, needed));
    let at = 0;
    for (const { name, shape, size, bytes, read } of entries) {
      const start = at;
      const values = Float64Array.from({ length: size }, (_, i) => read(view, start + i * bytes));
      weights.set(name, { shape, values });
      at += size * bytes;
    }
  }
  return weights;
}

function entryOf(fields: Fields, where: string): Entry {
  const name = textOf(own(fields, 'name'), `name of ${where}`);
  const shape = listOf(own(fields, 'shape'), `shape of ${where}`).map((size) =>
    countOf(size, `shape of ${where}`),
  );
  const size = shape.reduce((product, each) => product * each, 1);
  return { name, shape, size, ...storage(fields, where) };
}

function storage(fields: Fields, where: string): Pick<Entry, 'bytes' | 'read'> {
  const given = own(fields, 'quantization');
  if (given === undefined || given === null) {
    const type = own(fields, 'dtype');
    if (type === 'float32') return { bytes: 4, read: (view, at) => view.getFloat32(at, true) };
    if (type === 'int32') return { bytes: 4, read: (view, at) => view.getInt32(at, true) };
    throw wrong(`dtype of ${where}`, type, "'float32'");
  }
  const quantization = fieldsOf(given, `quantization of ${where}`);
  const type = own(quantization, 'dtype');
  if (type === 'float16') return { bytes: 2, read: (view, at) => fromFloat16(view.getUint16(at, true)) };
  const scale = numberOf(own(quantization, 'scale'), `scale of ${where}`);
  const least = numberOf(own(quantization, 'min'), `min of ${where}`);
  if (type === 'uint8') return { bytes: 1, read: (view, at) => view.getUint8(at) * scale + least };
  if (type === 'uint16') return { bytes: 2, read: (view, at) => view.getUint16(at, true) * scale + least };
  throw wrong(`quantization of ${where}`, type, "'uint8', 'uint16' or 'float16'");
}

/** A path beside the model: a file may not name others of the machine. */
function siblingOf(model: string, file: string): string {
  const isBelow = !/(^|[\\/])\.\.([\\/]|$)|^[\\/]|:|\0/.test(file);
  if (isBelow && file !== '') return path.join(path.dirname(model), file);
  throw wrong(`a path in ${model}`, file, 'a file in the folder of the model');
}

/** Files one after another. Their sizes are checked before memory is taken. */
async function readShards(files: readonly string[], needed: number): Promise<Uint8Array> {
  const sizes = await Promise.all(files.map(sizeOf));
  const found = sizes.reduce((sum, size) => sum + size, 0);
  if (found !== needed) {
    const which = files.length === 1 ? `${files[0]} has` : `${files[0]} and the other weight files have`;
    throw new ChainruleError(
      'ERR_FILE',
      `${which} ${found} bytes, expected ${needed} by the shapes of the weights`,
    );
  }
  const parts: Uint8Array[] = [];
  for (const [i, file] of files.entries()) parts.push(await readWhole(file, sizes[i]));
  const bytes = parts.length === 1 ? parts[0] : Buffer.concat(parts);
  if (bytes.length === needed) return bytes;
  throw new ChainruleError('ERR_FILE', `${files[0]} changed while it was read`);
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (cause) {
    const message = reasonOf(cause);
    throw new ChainruleError('ERR_FILE', `the weight files could not be read: ${message}`, { cause });
  }
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
