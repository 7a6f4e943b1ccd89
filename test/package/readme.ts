import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const readme = readFileSync(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8');

/** The program that the README calls `name`, in the comment on its first line. */
export function programOfReadme(name: string): string {
  const programs = [...readme.matchAll(/^```js\n([\s\S]*?)^```/gm)].map(([, text]) => text!);
  const found = programs.find((text) => text.startsWith(`// ${name}\n`));
  if (found === undefined) throw new Error(`the README has no program ${name}`);
  return found;
}
