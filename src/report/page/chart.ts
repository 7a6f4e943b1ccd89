/** Charts as static SVG, which follows the colours of the page and says what it shows. */

import * as Plot from '@observablehq/plot';
import { parseJSON } from 'linkedom';
import { Html, html } from './html.js';

/** A chart and what people read who do not see it. */
export interface Chart {
  options: Plot.PlotOptions;
  label: string;
  /** Whether it keeps its size, in a part of the page that scrolls, instead of fitting its place. */
  isWide?: boolean;
}

export const WIDTH = 380;
export const HEIGHT = 260;
export const MARGIN_BOTTOM = 38;

/** Attributes of elements that hold coordinates: a tenth of a pixel is more than anybody sees. */
const COORDINATES = [
  'd',
  'transform',
  'x',
  'y',
  'x1',
  'x2',
  'y1',
  'y2',
  'cx',
  'cy',
  'r',
  'width',
  'height',
  'dy',
];
/** What Plot says for people who hear, in the words of its own marks; the label of the chart says it better. */
const DROPPED = ['class', 'aria-label', 'aria-description', 'aria-hidden'];

/** Draws a chart. */
export function draw({ options, label, isWide = false }: Chart): Html {
  const document = parseJSON(EMPTY_DOCUMENT) as unknown as NonNullable<Plot.PlotOptions['document']>;
  const svg = Plot.plot({
    document,
    width: WIDTH,
    height: HEIGHT,
    marginBottom: MARGIN_BOTTOM,
    style: { fontSize: '11.5px' },
    ...options,
  }) as unknown as SvgElement;
  tidy(svg);
  // linkedom escapes texts, but leaves < and > in attributes.
  const rest = new Html(svg.toString().replace('<svg', ''));
  const drawn = html`<svg role="img" class="${isWide ? 'chart wide' : 'chart'}" aria-label="${label}"${rest}`;
  return isWide
    ? html`<div class="scroll" tabindex="0" role="group" aria-label="${label}">${drawn}</div>`
    : drawn;
}

/** The part of linkedom's elements that is used here. */
interface SvgElement {
  readonly localName: string;
  readonly children: ArrayLike<SvgElement>;
  getAttribute(name: string): string | null;
  setAttribute(name: string, value: string): void;
  removeAttribute(name: string): void;
  remove(): void;
  toString(): string;
}

function tidy(element: SvgElement): void {
  for (const name of DROPPED) element.removeAttribute(name);
  for (const name of COORDINATES) {
    const value = element.getAttribute(name);
    if (value !== null) element.setAttribute(name, rounded(value));
  }
  for (const child of Array.from(element.children)) {
    // Its rules are in the page's own style.
    if (child.localName === 'style') child.remove();
    else tidy(child);
  }
}

function rounded(coordinates: string): string {
  return coordinates.replace(/-?\d+\.\d{2,}(e-?\d+)?/g, (text) => String(Number(Number(text).toFixed(1))));
}

/** Of nodes of linkedom's JSON: a document (9) with an element (1) `html`, each with its end (-1). */
const EMPTY_DOCUMENT = [9, 1, 'html', -1, -1];

/** A figure with a heading, a chart or several, and a sentence that says what one sees. */
export function figureOf(
  title: string,
  charts: Html | readonly Html[],
  caption: Html | string,
  legend: Html | null = null,
  isWide = false,
): Html {
  const opening = isWide ? html`<figure class="full">` : html`<figure>`;
  return html`${opening}<h3>${title}</h3>${legend}${charts}<figcaption>${caption}</figcaption></figure>`;
}

/** What the colours of lines mean. */
export function legend(entries: readonly { colour: string; name: string; isDashed?: boolean }[]): Html {
  const items = entries.map(
    ({ colour, name, isDashed = false }) =>
      html`<li><svg class="key" viewBox="0 0 22 8" aria-hidden="true"><path d="M0,4H22" stroke="${colour}" stroke-width="3"${isDashed ? new Html(' stroke-dasharray="4 3"') : null}/></svg>${name}</li>`,
  );
  return html`<ul class="legend">${items}</ul>`;
}

/** Ticks of an axis of shares. */
export const axisPercent = (share: number) => `${Math.round(100 * share)}%`;

/** The diagonal from (0, 0) to (1, 1), for a line. */
export const CHANCE = [
  [
    [0, 0],
    [1, 1],
  ] as [number, number][],
  { stroke: 'var(--c6)', strokeDasharray: '4 3' },
] as const;

/** Colours of lines, told apart with any kind of colour vision. */
export const COLOURS = ['var(--c1)', 'var(--c2)', 'var(--c3)', 'var(--c4)', 'var(--c5)', 'var(--c6)'];
