/** Names beside the marks of a chart: nobody measures them when the chart is drawn, so their width is estimated. */

import { printable } from './html.js';

/** Names that fit, and the width of the widest in pixels. */
export interface Labels {
  texts: string[];
  width: number;
}

/** In pixels at the size of the charts' type; fonts differ by a tenth. */
const NARROW = 6.4;
const CAPITAL = 8.2;
const WIDE = 12;
const WIDE_CHARACTERS =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Extended_Pictographic}/u;

/** Names, each cut to so many pixels. */
export function labelsOf(names: readonly string[], most: number): Labels {
  const texts = names.map((name) => fitted(name, most));
  return { texts, width: Math.max(0, ...texts.map(widthOf)) };
}

/** Options of an axis with a bar for each label, one below another; bars are told by their places, from 0. */
export function barsAxis({ texts }: Labels) {
  return {
    domain: texts.map((_, place) => place),
    label: null,
    tickFormat: (place: number) => texts[place],
    tickSize: 0,
    padding: 0.3,
  };
}

function fitted(name: string, most: number): string {
  const text = printable(name).replace(/\s+/g, ' ');
  if (widthOf(text) <= most) return text;
  let width = NARROW;
  let end = '';
  for (const character of text) {
    width += widthOf(character);
    if (width > most) break;
    end += character;
  }
  return `${end}…`;
}

/** In pixels, about. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) {
    width += WIDE_CHARACTERS.test(character) ? WIDE : /\p{Lu}/u.test(character) ? CAPITAL : NARROW;
  }
  return width;
}
