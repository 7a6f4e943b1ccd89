/** Changes Parquet where it has lengths: in the footer, in headers of pages, in levels, runs and differences of pages. */

import { mutateBytes } from './mutate-bytes.mjs';
import { CODEC_NUMBERS, joinParquet, set, splitParquet } from './parquet-file.mjs';
import { allFields, field, HAS_LENGTH, IS_NUMBER, writeVarint } from './thrift.mjs';

const NUMBERS = [0, 1, 2, 7, 8, 39, 40, 41, 127, 128, 1000, 2 ** 20, 2 ** 27, 2 ** 30, 2 ** 31 - 1]
  .flatMap((value) => [BigInt(value), BigInt(-value)])
  .concat([2n ** 31n, 2n ** 32n, 2n ** 40n, 2n ** 62n, -(2n ** 63n)]);

/** Runs and heads of differences that are longer than what follows, or lead back. */
const HEADS = [
  [0xfe, 0xff, 0xff, 0xff, 0x0f],
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0xfe, 0xff, 0xff, 0xff, 0x07],
  [0x80, 0x80, 0x80, 0x80, 0x08],
  [0xff, 0xff, 0xff, 0x07],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
  [0x01],
  [0x00],
  [0xff, 0x7f],
  [0x80, 0x01, 0x00],
  [0x80, 0x01, 0xff, 0xff, 0xff, 0xff, 0x0f],
];

export function mutateParquet(random, { bytes }, other) {
  if (random.chance(0.15)) return mutateBytes(random, bytes, other.bytes);
  const file = splitParquet(bytes);
  let keepsPlaces = false;
  for (let changes = 1 + random.below(3); changes > 0; changes--) {
    const chunk = random.pick(file.chunks);
    if (chunk.pages.length === 0) continue;
    const page = random.pick(chunk.pages);
    switch (random.below(10)) {
      case 0:
        changeStruct(random, file.footer);
        keepsPlaces = random.chance(0.5);
        break;
      case 1:
        changeStruct(random, page.header);
        page.keepsSizes = random.chance(0.5);
        break;
      case 2:
        changePages(random, chunk.pages);
        break;
      case 3:
        changeCounts(random, file, chunk, page);
        break;
      case 4:
        set(chunk.data, 4, random.pick(CODEC_NUMBERS));
        break;
      case 5:
        page.levels = changeBytes(random, page.levels);
        break;
      default:
        page.values = changeBytes(random, page.values);
    }
  }
  return joinParquet(file, keepsPlaces);
}

function changeStruct(random, struct) {
  const fields = allFields(struct);
  if (fields.length === 0) return;
  const { struct: holder, field: own } = random.pick(fields);
  const i = holder.indexOf(own);
  if (IS_NUMBER.has(own.type) && random.chance(0.8)) {
    own.value = random.pick([...NUMBERS, own.value + 1n, own.value - 1n, 2n * own.value]);
  } else if (HAS_LENGTH.has(own.type) && random.chance(0.5)) {
    own.written = random.pick(NUMBERS.filter((value) => value >= 0n));
  } else if (IS_NUMBER.has(own.type) && random.chance(0.5)) {
    own.type = random.pick([...IS_NUMBER]);
  } else if (random.chance(0.5)) holder.splice(i, 1);
  else holder.splice(random.below(holder.length), 0, structuredClone(random.pick(fields).field));
}

function changePages(random, pages) {
  const i = random.below(pages.length);
  if (random.chance(0.3)) pages.splice(i, 1);
  else if (random.chance(0.5)) pages.splice(i, 0, ...Array(1 + random.below(3)).fill(random.pick(pages)));
  else pages.reverse();
}

/** As a file might say that means it: all of its counts are the same. */
function changeCounts(random, { footer }, { data }, { header }) {
  const count = random.pick(NUMBERS.filter((value) => value > 0n));
  for (const group of field(footer, 4)?.value.items ?? []) set(group, 3, count);
  set(data, 5, count);
  const own = field(header, 5) ?? field(header, 8) ?? field(header, 7);
  if (!Array.isArray(own?.value)) return;
  for (const id of own.id === 8 ? [1, 3] : [1]) set(own.value, id, count);
}

function changeBytes(random, bytes) {
  if (random.chance(0.4)) return mutateBytes(random, bytes);
  // The first bytes say how the rest is to be read.
  const at = random.below(random.chance(0.5) ? Math.min(8, bytes.length + 1) : bytes.length + 1);
  const head = random.chance(0.7) ? Buffer.from(random.pick(HEADS)) : writeVarint(random.below(2 ** 31));
  const replaced = random.chance(0.5) ? random.below(6) : 0;
  return Buffer.concat([bytes.subarray(0, at), head, bytes.subarray(at + replaced)]);
}
