/** Tables of text for a terminal. */

/** Columns a text takes: what is wider than a letter in most terminals counts double. */
export function textWidth(text: string): number {
  let width = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (/\p{Mark}|\p{Cf}/u.test(character)) continue;
    width += code >= 0x1100 && WIDE.test(character) ? 2 : 1;
  }
  return width;
}

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Extended_Pictographic}/u;

/** At most `width` columns of a text, with '…' for the rest; line ends and other control characters are shown. */
export function shortened(text: string, width: number): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are looked for.
  const visible = text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (control) =>
    control === '\n' ? '\\n' : control === '\t' ? '\\t' : '\ufffd',
  );
  if (textWidth(visible) <= width) return visible;
  let short = '';
  for (const character of visible) {
    if (textWidth(short + character) > width - 1) break;
    short += character;
  }
  return `${short}…`;
}

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - textWidth(text)));
}

export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - textWidth(text))) + text;
}

/** Rows of cells as lines, with two blanks between columns. Columns in `right` are aligned to the right. */
export function textTable(rows: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, c) =>
    Math.max(...rows.map((row) => textWidth(row[c] ?? ''))),
  );
  return rows.map((row) =>
    row
      .map((cell, c) => {
        if (right.includes(c)) return padStart(cell, widths[c]);
        return c === row.length - 1 ? cell : padEnd(cell, widths[c]);
      })
      .join('  ')
      .trimEnd(),
  );
}

/** A number in at most about four significant digits. */
export function shortNumber(value: number): string {
  if (!Number.isFinite(value)) return 'unknown';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e9)) return value.toExponential(2);
  if (size >= 1000) return Math.round(value).toLocaleString('en-US');
  return size >= 100 ? value.toFixed(1) : value.toPrecision(size >= 1 ? 4 : 3).replace(/\.?0+$/, '') || '0';
}

/** 1,234 */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** '1 row', '2 rows' */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : noun.endsWith('ss') ? 'es' : 's'}`;
}

/** '3 s', '2 min 5 s', '1 h 12 min' */
export function timeText(seconds: number): string {
  if (seconds < 10) return `${seconds < 1 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

export function sizeText(bytes: number): string {
  if (bytes < 1e6) return `${Math.max(1, Math.round(bytes / 1000))} KB`;
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
