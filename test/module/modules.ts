/** Modules as their users have them. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'vitest';

/** What a module exports. */
export interface PredictingModule {
  predict(rows: unknown, options?: object): unknown[];
  predictProbability(rows: unknown, options?: object): number[][];
  predictInterval(rows: unknown, options?: object): { lower: number[]; upper: number[] };
  predictQuantiles(rows: unknown, options?: object): number[][];
  classes: readonly unknown[];
  columns: readonly { name: string; kind: string; categories?: readonly string[] }[];
}

/** Imports the text of a module from a file of its own, which is gone again then. */
export async function importText<T = PredictingModule>(text: string): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'chainrule-module-'));
  const file = join(folder, 'model.mjs');
  try {
    await writeFile(file, text);
    return await import(/* @vite-ignore */ pathToFileURL(file).href);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Expects both to throw, with the same code and message. The module has a class of errors of its own. */
export function expectSameError(ofModule: () => unknown, expected: () => unknown, part: string): void {
  const caught = errorOf(ofModule);
  expect(caught).toEqual(errorOf(expected));
  expect(caught).toMatchObject({ name: 'ChainruleError', message: expect.stringContaining(part) });
}

function errorOf(action: () => unknown): object {
  try {
    action();
  } catch (error) {
    const { name, code, message } = error as { name: string; code: string; message: string };
    return { name, code, message };
  }
  throw new Error('expected an error');
}
