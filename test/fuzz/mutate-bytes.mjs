/** Changes bytes without knowing what they mean. */

const NUMBERS = [
  0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
];

/** @returns {Buffer} `bytes` after one to three changes; a part of `other` may be in them */
export function mutateBytes(random, bytes, other = bytes) {
  let mutant = Buffer.from(bytes);
  for (let changes = 1 + random.below(3); changes > 0; changes--) {
    mutant = random.pick(CHANGES)(random, mutant, other);
  }
  return mutant;
}

const at = (random, bytes) => random.below(bytes.length + 1);
const join = (...parts) => Buffer.concat(parts);

const CHANGES = [
  function flip(random, bytes) {
    if (bytes.length > 0) bytes[random.below(bytes.length)] ^= 1 << random.below(8);
    return bytes;
  },
  function set(random, bytes) {
    if (bytes.length > 0) bytes[random.below(bytes.length)] = random.pick(NUMBERS) & 0xff;
    return bytes;
  },
  function setNumber(random, bytes) {
    if (bytes.length < 4) return bytes;
    const place = random.below(bytes.length - 3);
    const number = random.pick(NUMBERS);
    if (random.chance(0.5)) bytes.writeUInt32LE(number, place);
    else bytes.writeUInt32BE(number, place);
    return bytes;
  },
  function truncate(random, bytes) {
    return bytes.subarray(0, at(random, bytes));
  },
  function insert(random, bytes) {
    const place = at(random, bytes);
    const added = Buffer.from(Array.from({ length: 1 + random.below(8) }, () => random.below(256)));
    return join(bytes.subarray(0, place), added, bytes.subarray(place));
  },
  function remove(random, bytes) {
    const place = at(random, bytes);
    return join(bytes.subarray(0, place), bytes.subarray(place + 1 + random.below(16)));
  },
  function repeat(random, bytes) {
    const [a, b] = [at(random, bytes), at(random, bytes)].sort((left, right) => left - right);
    const part = bytes.subarray(a, Math.min(b, a + 4096));
    return join(bytes.subarray(0, b), ...Array(1 + random.below(4)).fill(part), bytes.subarray(b));
  },
  function splice(random, bytes, other) {
    const start = at(random, other);
    const part = other.subarray(start, start + random.below(64));
    const place = at(random, bytes);
    return join(bytes.subarray(0, place), part, bytes.subarray(place + part.length));
  },
];
