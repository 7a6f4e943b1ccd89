/** Lines of the rows of a file: where they are not one after the other, as at blank lines, is all that is kept. */
export class LineNumbers {
  readonly #rows: number[] = [];
  readonly #lines: number[] = [];
  #next = -1;

  /** Says that the row `row`, the next one, is in this line. */
  add(row: number, line: number): void {
    if (line !== this.#next) {
      this.#rows.push(row);
      this.#lines.push(line);
    }
    this.#next = line + 1;
  }

  /** The line of a row. */
  of(row: number): number {
    let low = 0;
    let high = this.#rows.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#rows[middle] <= row) low = middle;
      else high = middle - 1;
    }
    return this.#lines[low] + row - this.#rows[low];
  }
}
