/** Finds the character between the cells of separated text. */

import type { Steps } from '../../../turns.js';
import { Sample } from './sample.js';
import { TAB } from './scanner.js';

const CANDIDATES = [...',;\t|'].map((sign) => sign.charCodeAt(0));
/** Records that are looked at: fewer if they are long. */
const MOST_RECORDS = 500;
const ENOUGH_BYTES = 2 ** 15;
const ENOUGH_LINES = 100;

/** How well a delimiter fits. */
interface Fit {
  readonly sample: Sample;
  /** Whether the text can be scanned with it at all. */
  readonly isSound: boolean;
  /** Cells of most records. */
  readonly width: number;
  /** Share of the records that have so many. */
  readonly share: number;
  /** Lines among the first ones that have another number of cells: titles, or a sign that it is another delimiter. */
  readonly oddLines: number;
  /** Share of their cells that are numbers or dates. */
  readonly amounts: number;
}

/** Records with fewer than this share of the others' width are no reason to take it for a table. */
const FEWEST = 0.5;
/** Above this share lines agree on a width. */
const AGREED = 0.9;
const NEARLY = 0.05;
/** Titles and the header are among so many lines. */
const FIRST_LINES = 10;

/**
 * The delimiter that fits best: one by which nearly all lines have the same number of
 * cells, and more than one; of those, the one that fits the first lines, too, since a decimal comma is in all rows but not in
 * their header; of those, the one that makes more of the cells numbers or dates; of those, the one with more cells.
 */
export function* bestDelimiter(
  bytes: Buffer,
  from: number,
  isWhole: boolean,
  lineEnd: number,
  preferTab: boolean,
): Steps<number> {
  const end = endOfLines(bytes, from, lineEnd);
  const fits: Fit[] = [];
  for (const delimiter of CANDIDATES) {
    const own = { delimiter, lineEnd };
    fits.push(fitOf(new Sample(bytes.subarray(0, end), from, isWhole && end === bytes.length, own)));
    yield;
  }
  const preferred = fits[preferTab ? CANDIDATES.indexOf(TAB) : 0];
  const likely = fits.filter(({ width, share }) => width > 1 && share >= FEWEST);
  if (likely.length === 0) return preferred.sample.separators.delimiter;
  const first = likely.includes(preferred) ? preferred : likely[0];
  return likely.reduce((best, fit) => (isBetter(fit, best) ? fit : best), first).sample.separators.delimiter;
}

/** After so many lines and bytes that they tell the delimiter. */
function endOfLines(bytes: Buffer, from: number, lineEnd: number): number {
  let at = from;
  for (let line = 0; line < MOST_RECORDS && at < bytes.length; line++) {
    const end = bytes.indexOf(lineEnd, at);
    if (end < 0) return bytes.length;
    at = end + 1;
    if (at > ENOUGH_BYTES && line >= ENOUGH_LINES) break;
  }
  return at;
}

function isBetter(one: Fit, other: Fit): boolean {
  if (one.isSound !== other.isSound) return one.isSound;
  if (one.share >= AGREED !== other.share >= AGREED) return one.share > other.share;
  if (one.oddLines !== other.oddLines) return one.oddLines < other.oddLines;
  if (Math.abs(one.amounts - other.amounts) > NEARLY) return one.amounts > other.amounts;
  return one.width > other.width;
}

/** How many cells most records have; of those that are equally many, as many as come first. */
export function usualWidth(sample: Sample): number {
  const counts = new Map<number, number>();
  for (let r = 0; r < Math.min(sample.records, MOST_RECORDS); r++) {
    const width = sample.width(r);
    counts.set(width, (counts.get(width) ?? 0) + 1);
  }
  let best = 0;
  for (const [width, count] of counts) if (count > (counts.get(best) ?? 0)) best = width;
  return best;
}

function fitOf(sample: Sample): Fit {
  const width = usualWidth(sample);
  let records = 0;
  let agreeing = 0;
  let cells = 0;
  let amounts = 0;
  let oddLines = 0;
  for (let r = 0; r < Math.min(sample.records, MOST_RECORDS); r++) {
    const isUsual = sample.width(r) === width;
    if (!isUsual && r < FIRST_LINES) oddLines++;
    // Titles may come before.
    if (!isUsual && agreeing === 0) continue;
    records++;
    if (!isUsual) continue;
    agreeing++;
    // Names say nothing about numbers.
    if (agreeing === 1) continue;
    for (let column = 0; column < Math.min(width, MOST_COLUMNS); column++) {
      cells++;
      if (isAmount(sample.text(r, column))) amounts++;
    }
  }
  const share = records === 0 ? 0 : agreeing / Math.max(records, sample.records === records ? records : 1);
  return {
    sample,
    isSound: !sample.isFaulty,
    width,
    share,
    oddLines,
    amounts: cells === 0 ? 0 : amounts / cells,
  };
}

const MOST_COLUMNS = 100;

/** A number, with groups of thousands and a unit or without; or day, month and year. */
const AMOUNT =
  /^(?:\p{Sc} ?)?[+-]?\d+(?:[.,' \u00a0\u202f]\d{3})*(?:[.,]\d+)?(?:[eE][+-]?\d+)?(?: ?(?:\p{Sc}|%|\p{L}{1,3}))?$|^\d{1,4}([./-])\d\d?\1\d{1,4}$/u;
const LONGEST_AMOUNT = 40;

const isAmount = (text: string) => text.length <= LONGEST_AMOUNT && AMOUNT.test(text);
