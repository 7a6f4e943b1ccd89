/** The numbers of a tensor in an ONNX file. */

import { ChainruleError, excerpt } from '../../error.js';
import { fromFloat16 } from '../../numbers/float16.js';
import { elementType, type Message } from './fields.js';

export interface Constant {
  readonly dims: readonly number[];
  readonly values: Float64Array;
}

const BYTES: Readonly<Record<number, number>> = {
  [elementType.float]: 4,
  [elementType.double]: 8,
  [elementType.float16]: 2,
  [elementType.int64]: 8,
};

/**
 * @param file - what messages call the file
 * @throws {@link ChainruleError} ERR_FILE, also for values in another file or of other types than float, double, float16
 * and int64
 */
export function constantOf(tensor: Message<'tensor'>, file: string): Constant {
  const { name = '', dims = [], type = 0 } = tensor;
  const refusal = (why: string) =>
    new ChainruleError('ERR_FILE', `the tensor '${excerpt(name)}' in ${file} ${why}`);
  if (tensor.location === 1) {
    throw refusal(
      "is in another file ('external data'): export with external_data=False, or join them by " +
        'onnx.save(onnx.load(path), path)',
    );
  }
  const size = dims.reduce((product, dim) => product * dim, 1);
  if (!dims.every((dim) => Number.isSafeInteger(dim) && dim >= 0) || !Number.isSafeInteger(size)) {
    throw refusal(`has the shape [${dims.slice(0, 8)}]`);
  }
  const bytes = BYTES[type];
  if (bytes === undefined)
    throw refusal(`has elements of type ${type}, expected float, double, float16 or int64`);
  const found = lengthOf(tensor, bytes);
  if (found !== size) throw refusal(`has ${found} values, expected ${size} by its shape`);
  return { dims, values: valuesOf(tensor, type, size) };
}

function lengthOf({ raw, doubles, floats, ints, type }: Message<'tensor'>, bytes: number): number {
  if (raw !== undefined) return raw.length / bytes;
  if (type === elementType.double) return (doubles?.length ?? 0) / bytes;
  if (type === elementType.float) return floats?.length ?? 0;
  return type === elementType.int64 ? (ints?.length ?? 0) : 0;
}

function valuesOf(
  { raw, doubles, floats, ints }: Message<'tensor'>,
  type: number,
  size: number,
): Float64Array {
  const bytes = raw ?? (type === elementType.double ? doubles : undefined);
  if (bytes === undefined) return Float64Array.from(floats ?? ints ?? []);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float64Array.from({ length: size }, (_, i) => {
    switch (type) {
      case elementType.float:
        return view.getFloat32(4 * i, true);
      case elementType.double:
        return view.getFloat64(8 * i, true);
      case elementType.float16:
        return fromFloat16(view.getUint16(2 * i, true));
      default:
        return Number(view.getBigInt64(8 * i, true));
    }
  });
}
