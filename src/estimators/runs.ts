/** Whether neighbouring rows have like labels: a network that reads rows in their order would see one kind at a time. */

import { show } from '../error.js';

/** Sees the labels of all rows in their order. */
export interface RunCheck {
  add(labels: ArrayLike<unknown>): void;
  warnings(column: string): string[];
}

/** Rows in random order have about 0, sorted rows about 1. */
const SORTED = 0.5;

/** A check for classes, or for numbers. */
export function runCheck(areClasses: boolean): RunCheck {
  return areClasses ? new ClassRuns() : new NumberRuns();
}

function warningsOf(association: number, column: string): string[] {
  if (!(association > SORTED)) return [];
  const subject = `neighbouring rows mostly have the same or nearly the same ${show(column)}`;
  return [`${subject}, and there are too many rows to shuffle them in memory: shuffle those of the file`];
}

/** How much oftener a label follows its like than in random order. */
class ClassRuns implements RunCheck {
  readonly #counts = new Map<unknown, number>();
  #rows = 0;
  #repeats = 0;
  #last: unknown = this;

  add(labels: ArrayLike<unknown>): void {
    for (let row = 0; row < labels.length; row++) {
      const label = labels[row];
      if (label === this.#last) this.#repeats++;
      this.#last = label;
      this.#counts.set(label, (this.#counts.get(label) ?? 0) + 1);
    }
    this.#rows += labels.length;
  }

  warnings(column: string): string[] {
    let byChance = 0;
    for (const count of this.#counts.values()) byChance += (count / this.#rows) ** 2;
    const observed = this.#repeats / (this.#rows - 1);
    return this.#counts.size < 2 ? [] : warningsOf((observed - byChance) / (1 - byChance), column);
  }
}

/** The correlation of each number with the one before. */
class NumberRuns implements RunCheck {
  #count = 0;
  #mean = 0;
  #squares = 0;
  #products = 0;
  #last = Number.NaN;

  add(labels: ArrayLike<unknown>): void {
    for (let row = 0; row < labels.length; row++) {
      const value = Number(labels[row]);
      if (!Number.isFinite(value)) continue;
      this.#count++;
      const before = value - this.#mean;
      this.#mean += before / this.#count;
      const deviation = value - this.#mean;
      this.#squares += before * deviation;
      if (this.#count > 1) this.#products += deviation * (this.#last - this.#mean);
      this.#last = value;
    }
  }

  warnings(column: string): string[] {
    return this.#squares === 0 ? [] : warningsOf(this.#products / this.#squares, column);
  }
}
