/** Finds the character between the cells of separated text. */

import { Sample } from './sample.js';
import { TAB } from './scanner.js';

const CANDIDATES = [...',;\t|'].map((sign) => sign.charCodeAt(0));
/** Records that are looked at. */
const MOST_RECORDS = 500;

/** How well a delimiter fits. */
interface Fit {
  readonly sample: Sample;
  /** Whether the text can be scanned with it at all. */
  readonly isSound: boolean;
  /** Cells of most records. */
  readonly width: number;
  /** Share of the records that have so many. */
  readonly share: number;
  /** Share of their cells that are numbers. */
  readonly numbers: number;
}

/** Records with fewer than this share of the others' width are no reason to take it for a table. */
const FEWEST = 0.5;
/** Above this share lines agree on a width. */
const AGREED = 0.9;
const NEARLY = 0.05;

/**
 * The records as separated by the delimiter that fits best: one by which nearly all lines have the same number of
 * cells, and more than one; of those, the one that makes more of the cells numbers; of those, the one with more cells.
 */
export function sampleByBestDelimiter(
  bytes: Buffer,
  from: number,
  isWhole: boolean,
  lineEnd: number,
  preferTab: boolean,
): Sample {
  const fits = CANDIDATES.map((delimiter) => fitOf(new Sample(bytes, from, isWhole, { delimiter, lineEnd })));
  const preferred = fits[preferTab ? CANDIDATES.indexOf(TAB) : 0];
  const likely = fits.filter(({ width, share }) => width > 1 && share >= FEWEST);
  if (likely.length === 0) return preferred.sample;
  const first = likely.includes(preferred) ? preferred : likely[0];
  return likely.reduce((best, fit) => (isBetter(fit, best) ? fit : best), first).sample;
}

function isBetter(one: Fit, other: Fit): boolean {
  if (one.isSound !== other.isSound) return one.isSound;
  if (one.share >= AGREED !== other.share >= AGREED) return one.share > other.share;
  if (Math.abs(one.numbers - other.numbers) > NEARLY) return one.numbers > other.numbers;
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
  let numbers = 0;
  for (let r = 0; r < Math.min(sample.records, MOST_RECORDS); r++) {
    const isUsual = sample.width(r) === width;
    // Titles may come before.
    if (!isUsual && agreeing === 0) continue;
    records++;
    if (!isUsual) continue;
    agreeing++;
    // Names say nothing about numbers.
    if (agreeing === 1) continue;
    for (let column = 0; column < Math.min(width, MOST_COLUMNS); column++) {
      cells++;
      if (isNumberLike(sample.text(r, column))) numbers++;
    }
  }
  const share = records === 0 ? 0 : agreeing / Math.max(records, sample.records === records ? records : 1);
  return { sample, isSound: !sample.isFaulty, width, share, numbers: cells === 0 ? 0 : numbers / cells };
}

const MOST_COLUMNS = 100;

const isNumberLike = (text: string) => /^[+-]?\d+([.,]\d+)?([eE][+-]?\d+)?$/.test(text);
