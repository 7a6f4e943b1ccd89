import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const filesBelow = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name).replaceAll(sep, '/'))
    // The reference made by npm run docs is generated.
    .filter((file) => !file.startsWith('docs/api'));

const ours = ['bench', 'docs', 'examples', 'native', 'scripts', 'src', 'test'];
const files = [...readdirSync(root), ...ours, ...ours.flatMap(filesBelow)];
const documents = ['CONTRIBUTING.md', ...files.filter((file) => /^docs\/.*\.md$/.test(file))];

/** Names of files and folders of this repository, without build output and other projects' files. */
function namesIn(text: string): string[] {
  const quoted = [...text.matchAll(/`([^`\s]+)`/g)].map(([, name]) => name);
  const isPath = /^(bench|docs|examples|native|scripts|src|test)\/|\.(cc|csv|gyp|h|json|md|mjs|py|ts|txt)$/;
  return [...new Set(quoted)].filter((name) => isPath.test(name) && !/^(build|dist|hwy|out)\//.test(name));
}

/** Whether there is such a file or folder; the end of its path is enough, and a * stands for part of a name. */
function exists(name: string): boolean {
  const escaped = name.replace(/\/$/, '').replace(/[.+?()[\]{}^$|\\]/g, '\\$&');
  const path = new RegExp(`(^|/)${escaped.replaceAll('*', '[^/]*')}$`);
  return files.some((file) => path.test(file));
}

describe('files that documents name', () => {
  it('are recognised as missing', () => {
    const names = namesIn('`src/`, `step.ts`, `*-inl.h`, `tep.ts`, `src/*.cc`, `npm test`, `dist/index.js`');
    expect(names).toEqual(['src/', 'step.ts', '*-inl.h', 'tep.ts', 'src/*.cc']);
    expect(names.filter((name) => !exists(name))).toEqual(['tep.ts', 'src/*.cc']);
  });

  it.each(documents)('exist: %s', (document) => {
    const names = namesIn(readFileSync(join(root, document), 'utf8'));
    expect(names.filter((name) => !exists(name))).toEqual([]);
  });
});
