/** Text that is safe in a page: whatever comes from data is escaped, since it can be nothing else. */

/** A piece of a page. */
export class Html {
  constructor(readonly text: string) {}
}

type Part = Html | string | number | null | readonly Part[];

/** A piece of a page from a template. What is put into it is text, unless it is a piece itself; null is nothing. */
export function html(literals: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(
    literals.map((literal, i) => literal + (i < parts.length ? textOf(parts[i]) : '')).join(''),
  );
}

function textOf(part: Part): string {
  if (part === null) return '';
  if (part instanceof Html) return part.text;
  if (typeof part === 'string') return escapeHtml(part);
  if (typeof part === 'number') return String(part);
  return part.map(textOf).join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as it stands in elements and in attributes with quotes. */
export function escapeHtml(text: string): string {
  return printable(text).replace(/[&<>"']/g, (sign) => ENTITIES[sign]);
}

const UNPRINTABLE = /[^\P{Cc}\t\n\r]|[\u202a-\u202e\u2066-\u2069\ufffe\uffff]|\p{Surrogate}/gu;

/**
 * Text without what a page cannot hold (control characters, halves of surrogate pairs) and without marks that turn the
 * direction of what follows, so that a name cannot make its neighbours look like something else.
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, '\ufffd');
}

/** At most so many characters, the last of them an ellipsis if there are more. */
export function shorten(text: string, most: number): string {
  const characters = Array.from(printable(text).replace(/[^\S\u00a0]+/g, ' '));
  return characters.length <= most ? characters.join('') : `${characters.slice(0, most - 1).join('')}…`;
}
