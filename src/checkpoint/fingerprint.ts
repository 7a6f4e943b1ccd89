/** Whether a fit is the one that a checkpoint was made by: else it would go on to something that nobody asked for. */

import { ChainruleError, excerpt } from '../error.js';
import type { Engine, Fingerprint, SavedFit } from './snapshot.js';

/** What is planned for every epoch, and so may depend on their number. */
const PLANS = /^(order|learningRateSchedule|stepSchedule\b.*)$/;
/** Digests, which say nothing to people. */
const DIGESTS = /^(x|y|sampleWeight|validationData|order|learningRateSchedule|stepSchedule)$/;
const DATA = /^(rows|x|y|sampleWeight|validationData)$/;
const LONGEST_VALUE = 80;
const LONGEST_LIST = 600;

/** As a file has it. */
const written = (value: unknown) => JSON.stringify(value ?? null);

/**
 * Throws ERR_OPTION or ERR_DATA that names all that differs.
 *
 * @param path of the checkpoint
 * @param epochs that both fits are to train
 */
export function checkFingerprint(
  own: Fingerprint,
  saved: Fingerprint,
  path: string,
  epochs: { own: number; saved: number },
): void {
  const different = [...differences('', own, saved)];
  if (different.length === 0) return;
  // Of fewer rows, batches may be smaller, too.
  const isData =
    different.some(({ name }) => name === 'rows') || different.every(({ name }) => DATA.test(name));
  const isLonger = epochs.own !== epochs.saved && different.every(({ name }) => PLANS.test(name));
  const texts = isLonger
    ? [`epochs is ${epochs.own} here and ${epochs.saved} there, on which ${different[0].name} depends`]
    : different.map(text);
  throw new ChainruleError(
    isData ? 'ERR_DATA' : 'ERR_OPTION',
    `${path} is of another fit, which this one would not continue: ${listed(texts)}`,
  );
}

/** The first of them, as many as a message has room for. */
function listed(texts: readonly string[]): string {
  let length = 0;
  const shown = texts.filter((one) => {
    length += one.length;
    return length <= LONGEST_LIST;
  });
  const others = texts.length - shown.length;
  return [...shown, ...(others > 0 ? [`${others} more differ`] : [])].join('; ');
}

function text({ name, own, saved }: Difference): string {
  if (DIGESTS.test(name)) return `${name} has other values`;
  return `${name} is ${shown(own)} here and ${shown(saved)} there`;
}

interface Difference {
  /** Such as 'layers[1].units'. */
  name: string;
  own: unknown;
  saved: unknown;
}

function* differences(name: string, own: unknown, saved: unknown): Generator<Difference> {
  if (written(own) === written(saved)) return;
  if (!isObject(own) || !isObject(saved) || Array.isArray(own) !== Array.isArray(saved)) {
    yield { name, own, saved };
    return;
  }
  for (const key of new Set([...Object.keys(own), ...Object.keys(saved)])) {
    const inner = Array.isArray(own)
      ? `${name}[${key}]`
      : name === ''
        ? excerpt(key)
        : `${name}.${excerpt(key)}`;
    yield* differences(inner, field(own, key), field(saved, key));
  }
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

function field(value: object, key: string): unknown {
  return Object.hasOwn(value, key) ? value[key as keyof typeof value] : null;
}

function shown(value: unknown): string {
  return excerpt(written(value), LONGEST_VALUE);
}

/** What is to be said where another engine continues; null if it is the same. */
export function otherEngine(own: Engine, { engine: saved }: SavedFit): string | null {
  const names = ['backend', 'gemm', 'simd', 'products'] as const;
  const different = names.filter((name) => own[name] !== saved[name]);
  if (different.length === 0) return null;
  const texts = different.map((name) => `${name} is ${own[name]} and was ${excerpt(saved[name])}`);
  return `${texts.join(', ')}: the fit goes on, but its last digits will not be those of a fit that was never interrupted`;
}
