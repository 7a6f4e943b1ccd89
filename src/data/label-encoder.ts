/** Turns labels of classes into class indices and back. */

import { ChainruleError, show } from '../error.js';
import { newArray } from '../numbers/allocate.js';
import { isMissing } from './missing-cells.js';
import { byPlace } from './table.js';

/** A label of a class. All labels of a classifier are of one type, and come back as they were. */
export type Label = string | number | boolean | bigint;

const TYPES = ['string', 'number', 'boolean', 'bigint'] as const;
type LabelType = (typeof TYPES)[number];

/** What is saved of a label encoder, as plain JSON: bigints as the text of their digits. */
export interface LabelState {
  readonly type: LabelType;
  readonly classes: readonly (string | number | boolean)[];
}

export class LabelEncoder {
  /** In ascending order: numbers by size, texts by their code units, false before true. */
  readonly classes: readonly Label[];
  readonly #type: LabelType;
  readonly #places: ReadonlyMap<Label, number>;

  private constructor(type: LabelType, classes: readonly Label[]) {
    this.#type = type;
    this.classes = classes;
    this.#places = new Map(classes.map((label, place) => [label, place]));
  }

  /**
   * @param labels - one for each row: texts, numbers, booleans or bigints, all of one type
   * @param what - what messages call the labels
   * @param where - what they call a row
   * @throws {@link ChainruleError} ERR_SHAPE without labels; ERR_DATA for a missing label or one of another type
   */
  static fit(labels: ArrayLike<unknown>, what = 'labels', where = byPlace): LabelEncoder {
    if (labels.length === 0) throw new ChainruleError('ERR_SHAPE', `${what} is empty, expected at least one`);
    checkLabel(labels[0], undefined, where(0), what);
    const type = typeof labels[0] as LabelType;
    const classes = new Set<Label>();
    for (let row = 0; row < labels.length; row++) {
      const label = labels[row];
      // Quicker to see than that the label is well formed.
      if (classes.has(label as Label)) continue;
      checkLabel(label, type, where(row), what);
      classes.add(label as Label);
    }
    return new LabelEncoder(type, [...classes].sort(ascending));
  }

  /** Classes that differ only in letter case or in blanks, which is mostly a slip; a sentence for each pair. */
  get warnings(): string[] {
    const seen = new Map<string, Label>();
    const warnings: string[] = [];
    for (const label of this.classes) {
      if (typeof label !== 'string') continue;
      const plain = label.trim().toLowerCase();
      const like = seen.get(plain);
      if (like === undefined) seen.set(plain, label);
      else warnings.push(`the classes ${show(like)} and ${show(label)} differ only in letter case or blanks`);
    }
    return warnings;
  }

  /**
   * The index of each label in `classes`.
   *
   * @throws {@link ChainruleError} ERR_DATA for a missing label or one that is no class, with its row
   */
  encode(labels: ArrayLike<unknown>, what = 'labels', where = byPlace): Int32Array {
    const indices = newArray(Int32Array, labels.length, 'the labels');
    for (let row = 0; row < indices.length; row++) {
      const label = labels[row];
      const place = this.#places.get(label as Label);
      if (place === undefined) {
        checkLabel(label, this.#type, where(row), what);
        throw unknownLabel(label, where(row), this.classes, what);
      }
      indices[row] = place;
    }
    return indices;
  }

  /** The labels of class indices, of the type in which they came. */
  decode(indices: ArrayLike<number>): Label[] {
    return Array.from(indices, (index, row) => {
      const label = this.classes[index];
      if (label !== undefined) return label;
      const expected = `a class index from 0 to ${this.classes.length - 1}`;
      throw new ChainruleError(
        'ERR_DATA',
        `the class in row ${row} (from 0) is ${show(index)}, expected ${expected}`,
      );
    });
  }

  toJSON(): LabelState {
    const plain = (label: Label) => (typeof label === 'bigint' ? String(label) : label);
    return { type: this.#type, classes: this.classes.map(plain) };
  }

  /** @throws {@link ChainruleError} ERR_FILE if `state` is not what `toJSON` gave */
  static fromJSON(state: unknown): LabelEncoder {
    const { type, classes } = (
      typeof state === 'object' && state !== null ? state : {}
    ) as Partial<LabelState>;
    if (type === undefined || !TYPES.includes(type)) {
      throw new ChainruleError(
        'ERR_FILE',
        `the type of the classes is ${show(type)}, expected one of ${TYPES.join(', ')}`,
      );
    }
    if (!Array.isArray(classes) || classes.length === 0) {
      throw new ChainruleError('ERR_FILE', `the classes are ${show(classes)}, expected an array of labels`);
    }
    const labels = classes.map((label: unknown, place) => savedLabel(label, type, place));
    if (new Set(labels).size < labels.length) {
      throw new ChainruleError('ERR_FILE', 'the classes have a label twice');
    }
    return new LabelEncoder(type, labels);
  }
}

function savedLabel(label: unknown, type: LabelType, place: number): Label {
  if (type === 'bigint' && typeof label === 'string' && /^-?\d{1,1000}$/.test(label)) return BigInt(label);
  if (type !== 'bigint' && typeof label === type && !isMissing(label)) return label as Label;
  throw new ChainruleError(
    'ERR_FILE',
    `class ${place} (from 0) is ${show(label)}, expected a label of type ${type}`,
  );
}

/** What to do about rows without a label, for messages. */
export const LEAVE_OUT =
  'rows without one teach nothing: leave them out, as `having` of a table that was read does';

/** @throws {@link ChainruleError} ERR_DATA unless `value` is a label, and of the type if there is one already */
function checkLabel(value: unknown, type: LabelType | undefined, where: string, what: string): void {
  const holds = `${what} holds ${show(value)} in ${where}`;
  if (isMissing(value))
    throw new ChainruleError('ERR_DATA', `${holds}, expected a label in every row; ${LEAVE_OUT}`);
  const found = typeof value as LabelType;
  if (!TYPES.includes(found) || value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) {
    throw new ChainruleError('ERR_DATA', `${holds}, expected a text, a finite number, a boolean or a bigint`);
  }
  if (type !== undefined && found !== type) {
    throw new ChainruleError('ERR_DATA', `${holds}, expected a ${type}, the type of the other labels`);
  }
}

function unknownLabel(
  label: unknown,
  where: string,
  classes: readonly Label[],
  what: string,
): ChainruleError {
  const shown = classes.slice(0, 10).map(show).join(', ') + (classes.length > 10 ? ', ...' : '');
  return new ChainruleError(
    'ERR_DATA',
    `${what} holds ${show(label)} in ${where}, expected one of the classes ${shown}`,
  );
}

/** Of two different labels of one type. */
function ascending(a: Label, b: Label): number {
  return a < b ? -1 : 1;
}
