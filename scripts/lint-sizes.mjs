#!/usr/bin/env node
/**
 * Checks that every source file has one idea: at most 300 lines, and no function over 60. Tests may be longer.
 *
 *     node scripts/lint-sizes.mjs   says which are too long
 */

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import ts from 'typescript';
import { isMain, ROOT } from './process.mjs';

const FOLDERS = ['src', 'native/core', 'native/addon', 'native/bench', 'native/fuzz', 'scripts', 'bench'];
const MOST_LINES_OF_FILE = 300;
const MOST_LINES_OF_FUNCTION = 60;

/** What finds the functions in a text, by the ending of the file: the first and the last line of each, from 1. */
const FUNCTIONS_IN = {
  '.ts': functionsOfTypeScript,
  '.mjs': functionsOfTypeScript,
  '.cc': functionsOfCpp,
  '.h': functionsOfCpp,
  '.py': () => [],
};

/**
 * The files and functions below `root` that are too long.
 *
 * @param {string} root
 * @returns {string[]} one sentence for each
 */
export function checkSizes(root) {
  return sourcesIn(root).flatMap((file) => {
    const text = readFileSync(path.join(root, file), 'utf8');
    const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
    const faults = FUNCTIONS_IN[path.extname(file)](text)
      .filter(({ first, last }) => last - first + 1 > MOST_LINES_OF_FUNCTION)
      .map(
        ({ first, last }) =>
          `${file}:${first}: the function has ${last - first + 1} lines, at most ${MOST_LINES_OF_FUNCTION} are allowed`,
      );
    if (lines <= MOST_LINES_OF_FILE) return faults;
    return [`${file} has ${lines} lines, at most ${MOST_LINES_OF_FILE} are allowed`, ...faults];
  });
}

function sourcesIn(root) {
  return FOLDERS.flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true })
      .map((name) => path.posix.join(folder, name.replaceAll(path.sep, '/')))
      .filter((file) => path.extname(file) in FUNCTIONS_IN && !file.includes('/node_modules/')),
  ).sort();
}

function functionsOfTypeScript(text) {
  const source = ts.createSourceFile('file.ts', text, ts.ScriptTarget.Latest);
  const lineOf = (position) => source.getLineAndCharacterOfPosition(position).line + 1;
  const found = [];
  const visit = (node) => {
    if (ts.isFunctionLike(node) && node.body) {
      found.push({ first: lineOf(node.getStart(source)), last: lineOf(node.end) });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/**
 * The blocks that end in a line with nothing but a brace, by the indentation that clang-format gives: from the last line
 * before it that is indented as much. A block that is not a function lies in one that is longer still.
 */
function functionsOfCpp(text) {
  const lines = text.split('\n');
  const indentOf = (line) => line.search(/\S/);
  const isSkipped = (line) => /^\s*(#|\/\/|$)/.test(line);
  return lines.flatMap((line, end) => {
    if (!/^\s*\}\s*(\/\/.*)?$/.test(line)) return [];
    const indent = indentOf(line);
    let start = end - 1;
    while (start >= 0 && (isSkipped(lines[start]) || indentOf(lines[start]) > indent)) start--;
    const isType = /^\s*(\}|namespace\b|extern\b)/.test(lines[start] ?? '}');
    return isType || indentOf(lines[start]) < indent ? [] : [{ first: start + 1, last: end + 1 }];
  });
}

if (isMain(import.meta.url)) {
  const faults = checkSizes(ROOT);
  for (const fault of faults) console.error(fault);
  process.exitCode = faults.length === 0 ? 0 : 1;
}
