/** Cells of a CSV file, as RFC 4180 wants them and as spreadsheets do no harm with them. */

/** A number as people and programs write it, which no spreadsheet takes for a formula. */
const PLAIN_NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Signs at whose sight a spreadsheet runs a cell as a formula (OWASP, "CSV Injection"). */
const FORMULA = /^[=+\-@\t\r]/;

/** Whether a spreadsheet may run the cell. */
export function isFormula(cell: string): boolean {
  return FORMULA.test(cell) && !PLAIN_NUMBER.test(cell);
}

/** The cell as text; null and undefined are empty. */
export function cellText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return Number.isNaN(value) ? '' : String(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? '' : value.toISOString();
  return String(value);
}

/** Writes rows of cells, and knows whether it had to make some harmless. */
export class CellWriter {
  readonly #delimiter: string;
  readonly #needsQuotes: RegExp;
  #guarded: string | null = null;

  /** @param delimiter - ',' or a tab */
  constructor(delimiter: string) {
    this.#delimiter = delimiter;
    this.#needsQuotes = delimiter === '\t' ? /["\t\r\n]/ : /[",\r\n]/;
  }

  /** The first cell that got a ' in front; null if none did. */
  get guarded(): string | null {
    return this.#guarded;
  }

  /** A line with its end. */
  line(values: readonly unknown[]): string {
    return `${values.map((value) => this.#cell(value)).join(this.#delimiter)}\n`;
  }

  #cell(value: unknown): string {
    // Most cells are numbers, which need neither.
    if (typeof value === 'number') return cellText(value);
    let text = cellText(value);
    if (isFormula(text)) {
      this.#guarded ??= text;
      text = `'${text}`;
    }
    return this.#needsQuotes.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  }
}
