/** Files of rows for tests of the command line, in a folder of their own. */

import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCli } from './run-cli.js';

/** A file of the npm package vega-datasets. */
export function vegaFile(name: string): string {
  return fileURLToPath(new URL(`../../node_modules/vega-datasets/data/${name}`, import.meta.url));
}

export const penguins = vegaFile('penguins.json');

type Row = Record<string, string | number | null>;

export function readJson(path: string): Row[] {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** A folder to work in, and the program run in it. */
export class Folder {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async create(): Promise<Folder> {
    return new Folder(await mkdtemp(join(tmpdir(), 'chainrule-cli-')));
  }

  file(name: string): string {
    return join(this.path, name);
  }

  write(name: string, text: string): string {
    writeFileSync(this.file(name), text);
    return name;
  }

  read(name: string): string {
    return readFileSync(this.file(name), 'utf8');
  }

  run(...args: string[]) {
    return runCli(args, {}, [], this.path);
  }

  /** Trains on a file, and returns the JSON document. */
  async train(file: string, target: string, ...more: string[]) {
    const args = ['train', file, '--target', target, '--seed', '1', '--json', '--quiet', ...more];
    const { status, stdout, stderr } = await this.run(...args);
    if (status !== 0) throw new Error(stderr);
    return { result: JSON.parse(stdout), stderr };
  }
}

/** Arguments for a fit that takes no time, for tests of something else than what is learnt. */
export const QUICK = ['--members', '1', '--hidden', '4', '--epochs', '2'];

/** Rows of which one column tells the class: enough for a fit. */
export function coloured(rows = 40): string {
  const lines = Array.from(
    { length: rows },
    (_, i) => `${(i * 37) % 100},${['red', 'blue'][i % 2]},${['warm', 'cold'][i % 2]}`,
  );
  return ['size,colour,mood', ...lines, ''].join('\n');
}
