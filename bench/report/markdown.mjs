/** Markdown that is readable as plain text. */

/** A heading and a table, as lines; none where the table has no row below its header. */
export function section(heading, rows) {
  return rows.length > 1 ? [`## ${heading}\n`, table(rows), ''] : [];
}

/** @param {(string | number)[][]} rows the first is the header */
export function table(rows) {
  const cells = rows.map((row) => row.map(String));
  const widths = cells[0].map((_, column) => Math.max(3, ...cells.map((row) => row[column].length)));
  const isNumber = (column) => cells.slice(1).every((row) => /^[\d.]*$/.test(row[column]));
  const line = (row) =>
    `| ${row.map((cell, c) => (isNumber(c) ? cell.padStart(widths[c]) : cell.padEnd(widths[c]))).join(' | ')} |`;
  const rule = `| ${widths.map((width, c) => (isNumber(c) ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width))).join(' | ')} |`;
  const [head, ...body] = cells;
  return [line(head), rule, ...body.map(line)].join('\n');
}
