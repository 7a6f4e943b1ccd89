#!/usr/bin/env node
/**
 * Checks the sources without running them.
 *
 *     node scripts/lint.mjs                Biome, the TypeScript compiler, the rooms, native/sources.json, sizes of
 *                                        files and functions, clang-format
 *     node scripts/lint.mjs --tidy         clang-tidy too, which takes minutes; after `npm run build:dev`
 *     node scripts/lint.mjs --fix-native   formats native/ in place and does nothing else
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { lintRooms } from './lint-rooms.mjs';
import { checkSizes } from './lint-sizes.mjs';
import { findProgram, isMain, ROOT } from './process.mjs';
import { run } from './run.mjs';

/** Releases of clang-format break lines differently: the first of these that is installed decides. */
const CLANG_FORMAT = ['clang-format-14', 'clang-format'];

const COMPILE_COMMANDS = 'out/release/compile_commands.json';

/** Files under native/ with one of these endings, relative to the root. */
export function nativeFiles(root, endings) {
  return readdirSync(path.join(root, 'native'), { recursive: true })
    .filter((name) => endings.includes(path.extname(name)))
    .map((name) => path.posix.join('native', name))
    .sort();
}

/**
 * What is wrong with the list of native sources: each .cc file has to be in one list, once, and each file
 * in a list has to exist.
 *
 * @param {string} root
 * @returns {string[]} one sentence for each fault
 */
export function checkSources(root) {
  const lists = JSON.parse(readFileSync(path.join(root, 'native/sources.json'), 'utf8'));
  const listed = Object.entries(lists).flatMap(([key, files]) => files.map((file) => ({ key, file })));
  const faults = listed
    .filter(({ file }) => !existsSync(path.join(root, file)))
    .map(({ key, file }) => `"${key}" in native/sources.json lists ${file}, which does not exist`);
  for (const source of nativeFiles(root, ['.cc'])) {
    const keys = listed.filter(({ file }) => file === source).map(({ key }) => `"${key}"`);
    if (keys.length !== 1) {
      faults.push(
        `${source} has to be in one list of native/sources.json, is in ${keys.join(', ') || 'none'}`,
      );
    }
  }
  return faults;
}

const fromPackage = (file) => (args) => ({
  program: process.execPath,
  args: [`node_modules/${file}`, ...args],
});
const biome = fromPackage('@biomejs/biome/bin/biome');
const tsc = fromPackage('typescript/bin/tsc');

async function succeeds({ program, args }) {
  return (await run(program, args, { cwd: ROOT })) === 0;
}

/** @param {string[]} faults */
function areNone(faults) {
  for (const fault of faults) console.error(fault);
  return faults.length === 0;
}

/** @param {string[]} mode arguments of clang-format */
async function clangFormat(mode) {
  const program = CLANG_FORMAT.find((name) => findProgram(name));
  if (!program) {
    console.warn(
      'clang-format is not installed, native/ was not checked; to get it: apt-get install clang-format',
    );
    return true;
  }
  const files = nativeFiles(ROOT, ['.cc', '.h']);
  return files.length === 0 || succeeds({ program, args: ['-style=file', ...mode, ...files] });
}

async function clangTidy() {
  if (!findProgram('clang-tidy')) {
    console.error('--tidy needs clang-tidy; to get it: apt-get install clang-tidy');
    return false;
  }
  if (!existsSync(path.join(ROOT, COMPILE_COMMANDS))) {
    console.error(`--tidy needs ${COMPILE_COMMANDS}; to make it: npm run build:dev`);
    return false;
  }
  const args = ['-quiet', '-p', path.dirname(COMPILE_COMMANDS), ...nativeFiles(ROOT, ['.cc'])];
  return succeeds({ program: 'clang-tidy', args });
}

async function lint({ tidy }) {
  const checks = {
    Biome: () => succeeds(biome(['check', '--error-on-warnings', '.'])),
    TypeScript: () => succeeds(tsc(['--noEmit'])),
    'scripts/rooms.json': () => areNone(lintRooms(ROOT)),
    'native/sources.json': () => areNone(checkSources(ROOT)),
    'sizes of files and functions': () => areNone(checkSizes(ROOT)),
    'clang-format': () => clangFormat(['--dry-run', '--Werror', '--ferror-limit=1']),
    ...(tidy && { 'clang-tidy': clangTidy }),
  };
  const failed = [];
  for (const [name, check] of Object.entries(checks)) {
    if (!(await check())) failed.push(name);
  }
  if (failed.length > 0)
    console.error(`lint: failed: ${failed.join(', ')} (npm run format fixes the format)`);
  return failed.length === 0;
}

async function main(args) {
  let options;
  try {
    options = parseArgs({
      args,
      options: { tidy: { type: 'boolean' }, 'fix-native': { type: 'boolean' } },
    }).values;
  } catch (error) {
    console.error(`${error.message}\nusage: node scripts/lint.mjs [--tidy | --fix-native]`);
    return 2;
  }
  const ok = options['fix-native'] ? await clangFormat(['-i']) : await lint(options);
  return ok ? 0 : 1;
}

if (isMain(import.meta.url)) process.exitCode = await main(process.argv.slice(2));
