/** Collects what is wrong with the cells of one column, or stops at the first cell that cannot be read. */

import { ChainruleError, show } from '../error.js';
import { type Table, whereIs } from './table.js';

/** How often something happened in a column, and where first. */
interface Occurrences {
  count: number;
  row: number;
  value: unknown;
}

export class CellFaults {
  readonly #table: Table;
  readonly #name: string;
  readonly #lenient: boolean;
  #unreadable: (Occurrences & { expected: string }) | undefined;
  #infinite: Occurrences | undefined;
  #unseen: Occurrences | undefined;
  #markers: Occurrences | undefined;
  #foreign: (Occurrences & { way: string }) | undefined;

  /** @param lenient - whether a cell of another type is missing, with a warning, instead of an error */
  constructor(table: Table, name: string, lenient: boolean) {
    this.#table = table;
    this.#name = name;
    this.#lenient = lenient;
  }

  /** A cell of another type than its column. */
  unreadable(row: number, value: unknown, expected: string): void {
    if (!this.#lenient) {
      const where = `column ${show(this.#name)} holds ${show(value)} in ${whereIs(this.#table, row)}`;
      throw new ChainruleError('ERR_DATA', `${where}, expected ${expected}`);
    }
    this.#unreadable ??= { count: 0, row, value, expected };
    this.#unreadable.count++;
  }

  /** An infinite number, which is taken as missing. */
  infinite(row: number, value: unknown): void {
    this.#infinite ??= { count: 0, row, value };
    this.#infinite.count++;
  }

  /** A category that was not in the training rows. */
  unseen(row: number, value: unknown): void {
    this.#unseen ??= { count: 0, row, value };
    this.#unseen.count++;
  }

  /** A text in a column of texts that is taken as missing. */
  marker(row: number, value: unknown): void {
    this.#markers ??= { count: 0, row, value };
    this.#markers.count++;
  }

  /** A text that is read in another way than those of the training rows, since its file writes it so. */
  foreign(row: number, value: unknown, way: string): void {
    this.#foreign ??= { count: 0, row, value, way };
    this.#foreign.count++;
  }

  /** One sentence for each kind of fault. */
  warnings(): string[] {
    const faults: [Occurrences | undefined, string][] = [
      [this.#unreadable, `which is not ${this.#unreadable?.expected} and is taken as missing`],
      [this.#infinite, 'which is taken as missing'],
      [this.#unseen, 'which was not in the training rows'],
      [this.#markers, 'which is taken as missing'],
      [
        this.#foreign,
        `which is read as ${this.#foreign?.way}, as the file writes it, unlike the training rows`,
      ],
    ];
    return faults.flatMap(([fault, what]) => (fault === undefined ? [] : [this.#sentence(fault, what)]));
  }

  #sentence({ count, row, value }: Occurrences, what: string): string {
    const others = count > 1 ? `; ${count - 1} more such ${count === 2 ? 'cell' : 'cells'}` : '';
    const where = `column ${show(this.#name)} holds ${show(value)} in ${whereIs(this.#table, row)}`;
    return `${where}, ${what}${others}`;
  }
}
