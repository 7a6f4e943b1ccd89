/**
 * MurmurHash3 (x86, 128 bits): tells whether data is the same as before, some 0.7 GB of it a second. It guards
 * against mistakes, not against people who make data of equal hash. node:crypto would take long to load.
 */

const C = [0x239b961b, 0xab0e9789, 0x38b34ae5, 0xa1e38b93] as const;
const WORDS_PER_BLOCK = 4;

const rotated = (word: number, by: number) => (word << by) | (word >>> (32 - by));

/** The digest of an array's bytes, as 32 hexadecimal digits. */
export function digest(array: ArrayBufferView): string {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  const h = new Int32Array(4);
  const words = wholeWords(bytes);
  mixBlocks(h, words);
  mixRest(h, bytes.subarray(4 * (words.length - (words.length % WORDS_PER_BLOCK))));
  return finished(h, bytes.length);
}

/** Little-endian, as all machines with prebuilt engines are. */
function wholeWords(bytes: Uint8Array): Int32Array {
  const length = Math.floor(bytes.length / 4);
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return new Int32Array(aligned.buffer, aligned.byteOffset, length);
}

function mixBlocks(h: Int32Array, words: Int32Array): void {
  // Local numbers: the array's elements would be loaded and stored in every turn.
  let [h1, h2, h3, h4] = h;
  const end = words.length - (words.length % WORDS_PER_BLOCK);
  for (let i = 0; i < end; i += WORDS_PER_BLOCK) {
    h1 ^= Math.imul(rotated(Math.imul(words[i], C[0]), 15), C[1]);
    h1 = (Math.imul((rotated(h1, 19) + h2) | 0, 5) + 0x561ccd1b) | 0;
    h2 ^= Math.imul(rotated(Math.imul(words[i + 1], C[1]), 16), C[2]);
    h2 = (Math.imul((rotated(h2, 17) + h3) | 0, 5) + 0x0bcaa747) | 0;
    h3 ^= Math.imul(rotated(Math.imul(words[i + 2], C[2]), 17), C[3]);
    h3 = (Math.imul((rotated(h3, 15) + h4) | 0, 5) + 0x96cd1c35) | 0;
    h4 ^= Math.imul(rotated(Math.imul(words[i + 3], C[3]), 18), C[0]);
    h4 = (Math.imul((rotated(h4, 13) + h1) | 0, 5) + 0x32ac3b17) | 0;
  }
  h.set([h1, h2, h3, h4]);
}

/** The bytes behind the last whole block. */
function mixRest(h: Int32Array, rest: Uint8Array): void {
  const words = new Int32Array(WORDS_PER_BLOCK);
  rest.forEach((byte, i) => {
    words[i >> 2] |= byte << (8 * (i % 4));
  });
  words.forEach((word, i) => {
    h[i] ^= Math.imul(rotated(Math.imul(word, C[i]), 15 + i), C[(i + 1) % C.length]);
  });
}

function finished(h: Int32Array, length: number): string {
  const spread = () => {
    h[0] += h[1] + h[2] + h[3];
    for (let i = 1; i < h.length; i++) h[i] += h[0];
  };
  for (let i = 0; i < h.length; i++) h[i] ^= length;
  spread();
  for (let i = 0; i < h.length; i++) h[i] = scattered(h[i]);
  spread();
  return Array.from(h, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
}

/** Lets every bit of a word depend on every other. */
function scattered(word: number): number {
  const once = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35);
  return twice ^ (twice >>> 16);
}
