/**
 * The tensors that a file's header lists. Who reads the file takes those that it expects, by name and shape; no memory
 * is asked for until all of them are known to be there, and then their values are read to where they belong.
 */

import { excerpt } from '../error.js';
import { newDoubles, newFloats } from '../numbers/allocate.js';
import { firstNonFinite } from '../numbers/finite.js';
import { type Entry, malformed } from './safetensors-header.js';

/** A tensor, and where its values belong in a flat array. */
export interface Part {
  name: string;
  shape: readonly number[];
  start: number;
}

/** What the values of an array are, for messages, and what they have to be. */
export interface Rule {
  /** E.g. 'a parameter'. */
  what: string;
  /** Whether they have to be at least 0. */
  isNonNegative?: boolean;
}

interface Wanted {
  rule: Rule;
  length: number;
  values: Float32Array | null;
}

interface Destination {
  wanted: Wanted;
  start: number;
}

/** What a tensor's numbers are called in messages. */
const KINDS = { F32: 'floats', F64: 'doubles', U8: 'bytes' } as const;

export class FileTensors {
  private readonly left: Map<string, Entry>;
  private readonly wanted: Wanted[] = [];
  private readonly doubles = new Map<Entry, Float64Array>();
  private readonly destinations = new Map<Entry, Destination>();

  constructor(
    entries: readonly Entry[],
    readonly path: string,
  ) {
    this.left = new Map(entries.map((entry) => [entry.name, entry]));
  }

  /** The shape of a tensor that has not been taken yet; undefined if the file has none of that name. */
  shapeOf(name: string): readonly number[] | undefined {
    return this.left.get(name)?.shape;
  }

  /**
   * Takes tensors for an array of `length` numbers, which they fill.
   *
   * @returns the array, once the values have been read
   * @throws {@link ChainruleError} ERR_FILE for tensors that are missing or of another shape
   */
  take(parts: readonly Part[], length: number, rule: Rule): () => Float32Array {
    const wanted: Wanted = { rule, length, values: null };
    for (const { name, shape, start } of parts) {
      this.destinations.set(this.takeEntry(name, 'F32', shape), { wanted, start });
    }
    this.wanted.push(wanted);
    return () => {
      if (wanted.values === null) throw new Error(`values of ${rule.what} before they were read`);
      return wanted.values;
    };
  }

  /**
   * Takes a tensor of doubles, which may be NaN or infinite.
   *
   * @returns its values, once they have been read
   * @throws {@link ChainruleError} ERR_FILE if it is missing or of another shape
   */
  takeDoubles(name: string, shape: readonly number[]): () => Float64Array {
    const entry = this.takeEntry(name, 'F64', shape);
    this.doubles.set(entry, new Float64Array(0));
    return () => this.doubles.get(entry) as Float64Array;
  }

  private takeEntry(name: string, dtype: Entry['dtype'], shape: readonly number[]): Entry {
    const entry = this.left.get(name);
    if (entry === undefined) throw malformed(this.path, `has no tensor '${excerpt(name)}'`);
    if (entry.dtype !== dtype || entry.shape.join() !== shape.join()) {
      const came = `${entry.dtype === dtype ? '' : `${KINDS[entry.dtype]} `}[${excerpt(entry.shape.join())}]`;
      throw malformed(
        this.path,
        `has tensor '${excerpt(name)}' of shape ${came}, expected [${shape.join()}]`,
      );
    }
    this.left.delete(name);
    return entry;
  }

  /** Throws ERR_FILE if tensors are left that nothing has taken. */
  refuseOthers(): void {
    for (const name of this.left.keys()) {
      throw malformed(this.path, `has tensor '${excerpt(name)}', which is none of its network's`);
    }
  }

  /** Asks for the memory. Throws ERR_MEMORY. */
  allocate(): void {
    // As much as the file has, since no tensor is taken twice.
    for (const wanted of this.wanted)
      wanted.values = newFloats(wanted.length, `the values of ${wanted.rule.what}`);
    for (const entry of this.doubles.keys()) {
      const length = entry.shape.reduce((product, size) => product * size, 1);
      this.doubles.set(entry, newDoubles(length, `tensor '${excerpt(entry.name)}'`));
    }
  }

  /**
   * Puts bytes of a tensor, from byte `offset` of it on, to their place.
   *
   * @returns what is wrong with them, if anything
   */
  put(entry: Entry, offset: number, bytes: Uint8Array): string | undefined {
    const doubles = this.doubles.get(entry);
    if (doubles !== undefined) new Uint8Array(doubles.buffer).set(bytes, offset);
    const destination = this.destinations.get(entry);
    if (destination === undefined) return undefined;
    const { values, rule } = destination.wanted;
    const start = destination.start + offset / 4;
    const part = (values as Float32Array).subarray(start, start + bytes.length / 4);
    new Uint8Array(part.buffer, part.byteOffset, part.byteLength).set(bytes);
    if (firstNonFinite(part) >= 0) return `holds ${rule.what} that is NaN or infinite`;
    if (rule.isNonNegative && part.some((value) => value < 0)) {
      return `holds ${rule.what} that is negative, expected at least 0`;
    }
    return undefined;
  }
}
