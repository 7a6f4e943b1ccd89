/** Unpacks LZ4 frames, as Arrow files have them: https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md */

import { newArray } from '../../../numbers/allocate.js';
import { damagedLz4 as damaged, unpackLz4Block } from './lz4-block.js';

const MAGIC = 0x184d2204;
const VERSION = 1;
/** Bits of the flags. */
const BLOCK_CHECKSUMS = 0x10;
const CONTENT_SIZE = 0x08;
const DICTIONARY = 0x01;
/** The highest bit of a block's size says that it is not packed. */
const AS_IT_IS = 0x80000000;
const CHECKSUM_BYTES = 4;

/**
 * The bytes that a single frame holds. Checksums are not compared.
 *
 * @throws Error if it is damaged, or needs a dictionary
 */
export function unpackLz4Frame(packed: Uint8Array): Uint8Array {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const need = (at: number, bytes: number) => {
    if (at + bytes > packed.length) throw damaged('it ends too early');
  };
  need(0, 7);
  const flags = packed[4];
  if (view.getUint32(0, true) !== MAGIC || flags >> 6 !== VERSION) throw damaged('it is no frame');
  if (flags & DICTIONARY) throw new Error('LZ4 with a dictionary is not supported');
  const output = new Output(mostBlockBytes(packed[5]));
  const afterBlock = flags & BLOCK_CHECKSUMS ? CHECKSUM_BYTES : 0;
  let at = flags & CONTENT_SIZE ? 15 : 7;
  for (;;) {
    need(at, 4);
    const size = view.getUint32(at, true);
    at += 4;
    if (size === 0) return output.bytes();
    const length = size % AS_IT_IS;
    need(at, length + afterBlock);
    const block = packed.subarray(at, at + length);
    if (size >= AS_IT_IS) output.add(block);
    else output.addPacked(block);
    at += length + afterBlock;
  }
}

/** What a block holds at most, by the descriptor byte. */
function mostBlockBytes(descriptor: number): number {
  const code = (descriptor >> 4) & 7;
  if (code < 4) throw damaged('it has blocks of an unknown size');
  return 2 ** (8 + 2 * code);
}

/** Blocks one after the other; later ones may repeat what earlier ones hold. */
class Output {
  readonly #mostBlockBytes: number;
  #bytes: Uint8Array;
  #length = 0;

  constructor(mostBlockBytes: number) {
    this.#mostBlockBytes = mostBlockBytes;
    this.#bytes = new Uint8Array(mostBlockBytes);
  }

  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #reserve(): void {
    const needed = this.#length + this.#mostBlockBytes;
    if (needed <= this.#bytes.length) return;
    const larger = newArray(Uint8Array, Math.max(needed, 2 * this.#bytes.length), 'an unpacked column');
    larger.set(this.bytes());
    this.#bytes = larger;
  }

  add(block: Uint8Array): void {
    if (block.length > this.#mostBlockBytes) throw damaged('a block is too long');
    this.#reserve();
    this.#bytes.set(block, this.#length);
    this.#length += block.length;
  }

  addPacked(block: Uint8Array): void {
    this.#reserve();
    this.#length = unpackLz4Block(block, this.#bytes, this.#length, this.#length + this.#mostBlockBytes);
  }
}
