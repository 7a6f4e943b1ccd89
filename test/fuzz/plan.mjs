/** All trials of a parser in a row: mutants that know the format, every beginning of small files, every flipped byte. */

import { Random } from './random.mjs';

/** The first masks change a bit each, then all bits; more are all others in order. */
function masksOf(count) {
  const first = [1, 2, 4, 8, 16, 32, 64, 128, 255];
  const others = Array.from({ length: 255 }, (_, i) => i + 1).filter((mask) => !first.includes(mask));
  return [...first, ...others].slice(0, count);
}

/**
 * @param target - `{ seeds: { name, bytes }[], mutate(random, seed, other) }`, and `refused`, what once did harm
 * @returns parts `{ kind, count, make(i) }`, whose trials are `{ bytes, seed, what, expected }`; what is expected is
 *     a message, or that the file loads
 */
export function planOf(target, { trials, seed, masks, sample }) {
  const { seeds, refused = [] } = target;
  const whole = {
    kind: 'seeds',
    count: seeds.length,
    make: (i) => ({
      bytes: seeds[i].bytes,
      seed: seeds[i],
      what: `${seeds[i].name} as it is`,
      expected: 'loads',
    }),
  };
  const kept = {
    kind: 'kept',
    count: refused.length,
    make: (i) => ({ bytes: refused[i].bytes, seed: seeds[0], what: refused[i].name, expected: /./ }),
  };
  const mutants = { kind: 'mutants', count: trials, make: (i) => mutantOf(target, seed, i) };
  const smallest = seeds.reduce((a, b) => (b.bytes.length < a.bytes.length ? b : a));
  // Where files have checksums, no flip of a byte may pass.
  const sealed = seeds.filter(({ name }) => name.endsWith('-checksums'));
  const flipped = [...new Set([smallest, ...sealed])].flatMap((each) => [
    truncations(each),
    flips(each, masksOf(masks), sealed.includes(each) ? /was changed or damaged/ : undefined),
  ]);
  return [whole, kept, mutants, ...flipped.map((part) => sampled(part, sample, seed))];
}

function mutantOf({ seeds, mutate }, seed, i) {
  const random = new Random(seed, i);
  const chosen = random.pick(seeds);
  const bytes = mutate(random, chosen, random.pick(seeds));
  return { bytes, seed: chosen, what: `mutant ${i} of seed ${seed} (${chosen.name})` };
}

/** Some of the trials of a part. */
function sampled(part, most, seed) {
  if (part.count <= most) return part;
  return { ...part, count: most, make: (i) => part.make(new Random(seed, i).below(part.count)) };
}

function truncations(seed) {
  const make = (length) => ({
    bytes: seed.bytes.subarray(0, length),
    seed,
    what: `the first ${length} bytes of ${seed.name}`,
  });
  return { kind: 'truncations', count: seed.bytes.length, make };
}

function flips(seed, masks, expected) {
  const make = (i) => {
    const bytes = Buffer.from(seed.bytes);
    const place = Math.floor(i / masks.length);
    const mask = masks[i % masks.length];
    bytes[place] ^= mask;
    return { bytes, seed, what: `${seed.name} with byte ${place} changed by ${mask}`, expected };
  };
  return { kind: 'flips', count: seed.bytes.length * masks.length, make };
}

/** The trial with a number, counted over all parts. */
export function trialAt(plan, number) {
  let left = number;
  for (const { kind, count, make } of plan) {
    if (left < count) return { kind, ...make(left) };
    left -= count;
  }
  throw new RangeError(`there is no trial ${number}`);
}

export const countOf = (plan) => plan.reduce((sum, { count }) => sum + count, 0);
