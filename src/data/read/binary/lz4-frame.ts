/** Unpacks LZ4 frames, as Arrow files have them: https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md */

const MAGIC = 0x184d2204;
const VERSION = 1;
/** Bits of the flags. */
const BLOCK_CHECKSUMS = 0x10;
const CONTENT_SIZE = 0x08;
const DICTIONARY = 0x01;
/** The highest bit of a block's size says that it is not packed. */
const AS_IT_IS = 0x80000000;
const CHECKSUM_BYTES = 4;
/** A match is that much longer than what is written. */
const SHORTEST_MATCH = 4;
/** Of a nibble; more follows in bytes of their own. */
const MORE = 15;
const BYTE_MORE = 255;
/** Shorter ones are copied faster byte by byte. */
const SHORT_COPY = 24;

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

function damaged(why: string): Error {
  return new Error(`LZ4 is damaged: ${why}`);
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
    const larger = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    larger.set(this.bytes());
    this.#bytes = larger;
  }

  add(block: Uint8Array): void {
    if (block.length > this.#mostBlockBytes) throw damaged('a block is too long');
    this.#reserve();
    this.#bytes.set(block, this.#length);
    this.#length += block.length;
  }

  /** A block is of sequences: literal bytes, then a match, which repeats what has been written `offset` bytes before. */
  addPacked(block: Uint8Array): void {
    this.#reserve();
    const bytes = this.#bytes;
    const most = this.#length + this.#mostBlockBytes;
    let to = this.#length;
    let at = 0;
    while (at < block.length) {
      const token = block[at++];
      let literals = token >> 4;
      if (literals === MORE) {
        let more: number;
        do {
          more = block[at++];
          literals += more;
        } while (more === BYTE_MORE);
      }
      if (!(at + literals <= block.length && to + literals <= most))
        throw damaged('literals run over the end');
      for (const end = at + literals; at < end; at++, to++) bytes[to] = block[at];
      // The last sequence has no match.
      if (at === block.length) break;
      if (at + 2 > block.length) throw damaged('it ends within a sequence');
      const offset = block[at] | (block[at + 1] << 8);
      at += 2;
      let length = (token & MORE) + SHORTEST_MATCH;
      if (length === MORE + SHORTEST_MATCH) {
        let more: number;
        do {
          more = block[at++];
          length += more;
        } while (more === BYTE_MORE);
      }
      if (offset === 0 || offset > to) throw damaged('a match lies before the start');
      if (!(to + length <= most)) throw damaged('a match runs over the end');
      repeat(bytes, to - offset, to, length);
      to += length;
    }
    this.#length = to;
  }
}

/** A match may overlap what it writes: it then repeats itself. */
function repeat(bytes: Uint8Array, from: number, to: number, length: number): void {
  if (length >= SHORT_COPY && to - from >= length) {
    bytes.copyWithin(to, from, from + length);
    return;
  }
  for (let i = 0; i < length; i++) bytes[to + i] = bytes[from + i];
}
