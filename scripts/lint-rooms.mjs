#!/usr/bin/env node
/**
 * Checks the sources against scripts/rooms.json, which lists the rooms of both languages and of the benchmark
 * from top to bottom: a file may import from its own room and from rooms below it, and there must be no import
 * cycles.
 * CONTRIBUTING.md has the same table.
 *
 *     node scripts/lint-rooms.mjs           says what is wrong
 *     node scripts/lint-rooms.mjs --write   writes the table into CONTRIBUTING.md and does nothing else
 */

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import ts from 'typescript';
import { isMain, ROOT } from './process.mjs';

const TABLE = /(?<=<!-- rooms: [^\n]*-->\n).*?(?=<!-- end of rooms -->)/s;

/**
 * @typedef {{ room: string, holds: string, onlyFor?: string[] }} Room a folder (with a / at its end) or a
 * file, relative to the root; `onlyFor` names the only other rooms that may import from it
 * @typedef {Map<string, string[]>} Imports the files that each file imports, all relative to the root
 */

/**
 * The files below `root`/src and what they import, types included.
 *
 * @param {string} root
 * @returns {Imports}
 */
export function importsOfTypeScript(root) {
  return importsIn(root, ['src'], /\.ts$/, (text, folder) =>
    ts
      .preProcessFile(text, true, true)
      .importedFiles.filter(({ fileName }) => fileName.startsWith('.'))
      .map(({ fileName }) => [path.posix.join(folder, fileName.replace(/\.js$/, '.ts'))]),
  );
}

/**
 * The files below `root`/native/core and native/addon and those that they include: from their own folder or from
 * native/core.
 *
 * @param {string} root
 * @returns {Imports}
 */
export function importsOfCpp(root) {
  return importsIn(root, ['native/core', 'native/addon'], /\.(cc|h)$/, (text, folder) =>
    [...text.matchAll(/^[ \t]*#[ \t]*include[ \t]+"([^"]+)"/gm)].map(([, name]) =>
      [folder, 'native/core'].map((from) => path.posix.join(from, name)),
    ),
  );
}

/**
 * The scripts below `root`/bench and what they import, types in comments included.
 *
 * @param {string} root
 * @returns {Imports}
 */
export function importsOfBench(root) {
  return importsIn(root, ['bench'], /\.mjs$/, (text, folder) =>
    [...text.matchAll(/\b(?:from|import)\b[\s(]*'(\.[^']+)'/g)].map(([, name]) => [
      path.posix.join(folder, name),
    ]),
  );
}

/** @param {(text: string, folder: string) => string[][]} find for each import the files that it may mean */
function importsIn(root, folders, ending, find) {
  const files = folders.flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true })
      .map((name) => path.posix.join(folder, name.replaceAll(path.sep, '/')))
      .filter((file) => ending.test(file) && !file.includes('/node_modules/')),
  );
  const known = new Set(files);
  return new Map(
    files.sort().map((file) => {
      const candidates = find(readFileSync(path.join(root, file), 'utf8'), path.posix.dirname(file));
      return [file, candidates.flatMap((meant) => meant.find((target) => known.has(target)) ?? [])];
    }),
  );
}

/**
 * What is wrong with the imports of one language.
 *
 * @param {Room[]} rooms from the top to the bottom
 * @param {Imports} imports
 * @returns {string[]} one sentence for each fault
 */
export function checkRooms(rooms, imports) {
  const faults = [];
  const placeOf = (file) => innermost(rooms, file);
  for (const [file, targets] of imports) {
    if (placeOf(file) < 0) faults.push(`${file} is in no room of scripts/rooms.json`);
    for (const target of targets) {
      const [from, to] = [placeOf(file), placeOf(target)];
      if (from < 0 || to < 0 || from === to) continue;
      const { room, onlyFor } = rooms[to];
      if (from > to) {
        faults.push(`${file} imports ${target}, which is above it: ${room} over ${rooms[from].room}`);
      } else if (onlyFor && !onlyFor.includes(rooms[from].room)) {
        faults.push(`${file} imports ${target}, which only ${onlyFor.join(' and ')} may`);
      }
    }
  }
  return [...faults, ...circles(imports).map((files) => `these import each other: ${files.join(' -> ')}`)];
}

/** Number of the room that `file` is in, or -1; a room within a room is the file's. */
function innermost(rooms, file) {
  const length = (i) => rooms[i]?.room.length ?? 0;
  return rooms.reduce((best, { room }, i) => {
    const isInside = room.endsWith('/') ? file.startsWith(room) : file === room;
    return isInside && length(i) > length(best) ? i : best;
  }, -1);
}

/** @param {Imports} imports @returns {string[][]} import cycles, one for each import that closes a cycle */
function circles(imports) {
  const found = [];
  const done = new Set();
  const trail = [];
  const visit = (file) => {
    const first = trail.indexOf(file);
    if (first >= 0) found.push([...trail.slice(first), file]);
    if (first >= 0 || done.has(file)) return;
    trail.push(file);
    for (const target of imports.get(file) ?? []) visit(target);
    trail.pop();
    done.add(file);
  };
  for (const file of imports.keys()) visit(file);
  return found;
}

/** The rooms under `root`, as rows of a table. */
export function tableOf(root) {
  const { src, native, bench } = roomsOf(root);
  const rows = [...src, ...native, ...bench]
    .filter(({ room }) => existsSync(path.join(root, room)))
    .map(({ room, holds }) => `| \`${room}\` | ${holds} |\n`);
  return `| | |\n| --- | --- |\n${rows.join('')}`;
}

/** @returns {{ src: Room[], native: Room[], bench: Room[] }} */
function roomsOf(root) {
  return JSON.parse(readFileSync(path.join(root, 'scripts/rooms.json'), 'utf8'));
}

/** What is wrong with the rooms under `root`: imports, missing rooms, the table in CONTRIBUTING.md. */
export function lintRooms(root) {
  const { src, native, bench } = roomsOf(root);
  const faults = [
    ...checkRooms(src, importsOfTypeScript(root)),
    ...checkRooms(native, importsOfCpp(root)),
    ...checkRooms(bench, importsOfBench(root)),
    ...[...src, ...bench]
      .filter(({ room }) => !existsSync(path.join(root, room)))
      .map(({ room }) => `scripts/rooms.json lists ${room}, which does not exist`),
  ];
  const [table] = readFileSync(path.join(root, 'CONTRIBUTING.md'), 'utf8').match(TABLE) ?? [];
  if (table !== tableOf(root)) {
    faults.push('the table of rooms in CONTRIBUTING.md is not that of scripts/rooms.json: npm run format');
  }
  return faults;
}

function writeTable(root) {
  const file = path.join(root, 'CONTRIBUTING.md');
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replace(TABLE, () => tableOf(root)),
  );
}

if (isMain(import.meta.url)) {
  if (process.argv.includes('--write')) writeTable(ROOT);
  else {
    const faults = lintRooms(ROOT);
    for (const fault of faults) console.error(fault);
    process.exitCode = faults.length === 0 ? 0 : 1;
  }
}
