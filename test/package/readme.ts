import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const readme = readFileSync(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8');

/** The program in the README whose first line is the comment `name`. */
export function programOfReadme(name: string): string {
  const programs = [...readme.matchAll(/^```js\n([\s\S]*?)^```/gm)].map(([, text]) => text!);
  const found = programs.find((text) => text.startsWith(`// ${name}\n`));
  if (found === undefined) throw new Error(`the README has no program ${name}`);
  return found;
}
