import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const { checkSizes } = await import(new URL('../scripts/lint-sizes.mjs', import.meta.url).href);

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'chainrule-sizes-'));
  for (const folder of [
    'src',
    'native/core',
    'native/addon',
    'native/bench',
    'native/fuzz',
    'scripts',
    'bench',
  ]) {
    mkdirSync(join(root, folder), { recursive: true });
  }
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** What is wrong with one file. */
function faults(file: string, text: string): string[] {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
  return checkSizes(root);
}

const lines = (count: number, line: string) => `${line}\n`.repeat(count);

describe('files', () => {
  it.each(['src/a/b.ts', 'native/core/step/a.cc', 'native/addon/a.h', 'scripts/a.mjs', 'bench/a/b.py'])(
    'may have 300 lines: %s',
    (file) => {
      expect(faults(file, lines(300, '//'))).toEqual([]);
      expect(faults(file, lines(301, '//'))).toEqual([`${file} has 301 lines, at most 300 are allowed`]);
    },
  );

  it('are not those of packages, nor tests', () => {
    expect(faults('bench/peers/node_modules/a.mjs', lines(400, '//'))).toEqual([]);
    expect(faults('native/test/a_test.cc', lines(400, '//'))).toEqual([]);
  });
});

/** A function with so many lines, at the first line of the text, and another one after it. */
const functionsOf = {
  'a function': (count: number) => `function f() {\n${lines(count - 2, '  g();')}}\nfunction h() {}\n`,
  'a method': (count: number) => `class C { m(\n) {\n${lines(count - 3, '    g();')}} }\n`,
  'an arrow function': (count: number) => `const f = (a) => [\n${lines(count - 2, '  a,')}];\n`,
};

describe.each(Object.entries(functionsOf))('%s in TypeScript', (_, text) => {
  it('may have 60 lines', () => {
    expect(faults('src/a.ts', text(60))).toEqual([]);
    expect(faults('src/a.ts', text(61))).toEqual([
      'src/a.ts:1: the function has 61 lines, at most 60 are allowed',
    ]);
  });
});

describe('a function in C++', () => {
  const body = (count: number, indent: string) =>
    `${indent}if (a) {\n${indent}  b();\n#if C\n${indent}}\n${lines(count - 4, `${indent}b();`)}`;
  const inNamespace = (text: string) => `namespace chainrule {\n\n${text}\n}  // namespace chainrule\n`;

  it('may have 60 lines', () => {
    const text = (count: number) =>
      inNamespace(`void f(int a,\n       int b) {\n${body(count - 3, '  ')}}\n\nvoid g() {\n}\n`);
    expect(faults('native/core/a.cc', text(60))).toEqual([]);
    expect(faults('native/core/a.cc', text(61))).toEqual([
      'native/core/a.cc:3: the function has 61 lines, at most 60 are allowed',
    ]);
  });

  it('may have 60 lines within a class, which may have more', () => {
    const method = (count: number) => `  void f() {\n${body(count - 2, '    ')}  }\n`;
    const text = (count: number) => inNamespace(`class C {\n public:\n${method(count)}${method(9)}};\n`);
    expect(faults('native/addon/a.h', text(60))).toEqual([]);
    expect(faults('native/addon/a.h', text(61))).toEqual([
      'native/addon/a.h:5: the function has 61 lines, at most 60 are allowed',
    ]);
  });

  it('is not a table', () => {
    expect(faults('native/core/a.h', inNamespace(`int kTable[] = {\n${lines(90, '    1,')}};\n`))).toEqual(
      [],
    );
  });
});
