/** Warnings about batches of one file, as warnings about the file. */

interface Repeated {
  first: string;
  cells: number;
}

const MORE = /; (\d+) more such (?:cells?|rows?)$/;

/** Counts what several batches say of the same column together. */
export class BatchWarnings {
  readonly #byCause = new Map<string, Repeated>();

  add(message: string): void {
    const more = Number(MORE.exec(message)?.[1] ?? 0);
    const first = message.replace(MORE, '');
    // What and where it was differ from batch to batch.
    const cause = first
      .replace(/ holds .* in [^,]*,/, ' holds,')
      .replace(/^(line|row) \d+( \(from 0\))?/, '');
    const known = this.#byCause.get(cause);
    if (known === undefined) this.#byCause.set(cause, { first, cells: 1 + more });
    else known.cells += 1 + more;
  }

  /** A sentence for each cause, with the first cell or row and how many more there are. */
  sentences(): string[] {
    return Array.from(this.#byCause.values(), ({ first, cells }) => {
      const what = / holds /.test(first) ? 'cell' : 'row';
      return cells === 1 ? first : `${first}; ${cells - 1} more such ${what}${cells === 2 ? '' : 's'}`;
    });
  }
}
