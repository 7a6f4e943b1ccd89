import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const readme = readFileSync(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8');

/** The program in the README whose first line is the comment `name`. */
export function programOfReadme(name: string): string {
  return blockOfReadme((text) => text.startsWith(`// ${name}\n`), `program ${name}`);
}

/** The piece of a program in the README that has these words. */
export function snippetOfReadme(words: string): string {
  return blockOfReadme((text) => text.includes(words), `snippet with ${words}`);
}

function blockOfReadme(isIt: (text: string) => boolean, what: string): string {
  const blocks = [...readme.matchAll(/^```js\n([\s\S]*?)^```/gm)].map(([, text]) => text!);
  const found = blocks.find(isIt);
  if (found === undefined) throw new Error(`the README has no ${what}`);
  return found;
}
