/** Text for people: in colour if the terminal has colours, wrapped to its width. */

import process from 'node:process';

/** Paints text in one of the colours that every terminal has; unchanged if colours are off. */
export type Paint = (colour: Colour, text: string) => string;
export type Colour = keyof typeof CODES;

const CODES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const;

const NARROWEST = 60;
const WIDEST = 100;

export const plain: Paint = (_, text) => text;

export const coloured: Paint = (colour, text) => {
  const [on, off] = CODES[colour];
  return `\u001b[${on}m${text}\u001b[${off}m`;
};

/** How to paint text for a stream. NO_COLOR and TERM=dumb turn colours off. */
export function paintFor(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv = process.env): Paint {
  return stream.isTTY && !env.NO_COLOR && env.TERM !== 'dumb' ? coloured : plain;
}

/** Columns for running text. A file gets the width of a wide terminal. */
export function widthOf(stream: NodeJS.WriteStream): number {
  return Math.min(Math.max(stream.columns || WIDEST, NARROWEST), WIDEST);
}

/** `text` in lines of at most `width`, broken between words, not within `commands`; longer ones stand alone. */
export function wrap(text: string, width: number): string[] {
  return text.split('\n').flatMap((paragraph) => {
    const lines: string[] = [];
    let line = '';
    for (const word of paragraph.match(/\S*`[^`]*`\S*|\S+/g) ?? []) {
      if (line !== '' && line.length + 1 + word.length > width) {
        lines.push(line);
        line = word;
      } else {
        line = line === '' ? word : `${line} ${word}`;
      }
    }
    return [...lines, line];
  });
}
