/** Tables, of which the part beyond the first rows is folded away. */

import { type Html, html, shorten } from './html.js';

/** One column. */
export interface TableColumn<Row> {
  title: string;
  /** 'number' is aligned to the right, 'words' may wrap; 'name' is the heading of its row. */
  kind: 'name' | 'number' | 'words' | 'text';
  cell: (row: Row) => Html | string;
}

export interface TableOptions<Row> {
  /** What it is a table of. */
  caption: string;
  columns: readonly TableColumn<Row>[];
  rows: readonly Row[];
  rowClass?: (row: Row) => string | null;
}

/** A table that scrolls sideways where it does not fit. */
export function table<Row>({ caption, columns, rows, rowClass }: TableOptions<Row>): Html {
  const head = columns.map(({ title, kind }) =>
    kind === 'number'
      ? html`<th scope="col" class="number">${title}</th>`
      : html`<th scope="col">${title}</th>`,
  );
  const body = rows.map((row) => {
    const cells = columns.map(({ kind, cell }) => cellOf(kind, cell(row)));
    const name = rowClass?.(row) ?? null;
    return name === null ? html`<tr>${cells}</tr>` : html`<tr class="${name}">${cells}</tr>`;
  });
  return html`<div class="tables"><p class="caption">${caption}</p><div class="scroll" tabindex="0" role="group" aria-label="${caption}"><table aria-label="${caption}"><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div></div>`;
}

/** Nobody reads more of a name. */
const LONGEST_NAME = 120;
const LONGEST_LINE = 24;

/** A name in a table: on one line if it is short. */
export function nameText(name: string): Html {
  const isShort = name.length <= LONGEST_LINE;
  return html`<span class="${isShort ? 'name short' : 'name'}">${shorten(name, LONGEST_NAME)}</span>`;
}

function cellOf(kind: TableColumn<unknown>['kind'], content: Html | string): Html {
  switch (kind) {
    case 'name':
      return html`<th scope="row">${typeof content === 'string' ? nameText(content) : content}</th>`;
    case 'number':
      return html`<td class="number">${content}</td>`;
    case 'words':
      return html`<td class="words">${content}</td>`;
    case 'text':
      return html`<td>${content}</td>`;
  }
}

/** A table of the first rows, and one of the rest that opens on demand. */
export function foldedTable<Row>(options: TableOptions<Row>, shown: number, what: string): Html {
  const { rows, caption } = options;
  // Two rows more than shown would be longer folded than open.
  if (rows.length <= shown + 2) return table(options);
  const rest = rows.slice(shown);
  const first = table({
    ...options,
    caption: `${caption}: the first ${shown} of ${rows.length}`,
    rows: rows.slice(0, shown),
  });
  const others = table({ ...options, caption: `${caption}: the other ${rest.length}`, rows: rest });
  return html`${first}<details><summary>The other ${rest.length} ${what}</summary>${others}</details>`;
}
