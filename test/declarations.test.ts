import { execFile } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

import { makeFolder } from './package-folder.js';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Uses of the library that must compile in a program with neither Node's types nor a browser's. */
const use = `
import { backend, ChainruleError, Dataset, Network, useAddon } from 'chainrule';
import type { AbortSignalLike, BackendInfo, FitOptions, History } from 'chainrule';
import * as reference from 'chainrule/reference';

const net = new Network({ inputSize: 2, layers: [{ units: 1 }] });
const info: BackendInfo = backend();
const path: string | undefined = info.path;
const gemm: 'own' | 'openblas' = info.gemm;
declare const signal: AbortSignalLike;
const options: FitOptions = { epochs: 2, signal, onEpoch: ({ loss }) => void loss.toFixed() };
export const history: Promise<History> = net.fit(new Dataset([[1, 2]], [1]), options);
export const error = new ChainruleError('ERR_DATA', 'message', { cause: gemm });
export const other: reference.BackendInfo = reference.backend();
if (path !== undefined) useAddon(path);
// @ts-expect-error proves that the declarations were read
new Network({ inputSize: 'two', layers: [] });
`;

/** One Dataset, whether imported or required. */
const mixed = `
import { Dataset, Network } from 'chainrule';
import required = require('chainrule');
export const dataset: Dataset = new required.Dataset([[1]], [1]);
export const net: required.Network = new Network({ inputSize: 1, layers: [{ units: 1 }] });
`;

const withSignal = `
import { Network } from 'chainrule';
const net = new Network({ inputSize: 1, layers: [{ units: 1 }] });
export const history = net.fit([[1]], [1], { signal: new AbortController().signal });
`;

/** The compiler's diagnostics for these files. */
async function compile(files: Record<string, string>, options: Record<string, unknown>): Promise<string> {
  const project = await makeFolder();
  await mkdir(join(project, 'node_modules', '@types'), { recursive: true });
  await symlink(root, join(project, 'node_modules', 'chainrule'), 'junction');
  for (const types of ['@types/node', 'undici-types']) {
    await symlink(join(root, 'node_modules', types), join(project, 'node_modules', types), 'junction');
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(project, name), text);
  const compilerOptions = {
    strict: true,
    noEmit: true,
    target: 'es2022',
    lib: ['es2022'],
    types: [],
    ...options,
  };
  const config = join(project, 'tsconfig.json');
  await writeFile(config, JSON.stringify({ compilerOptions, files: Object.keys(files) }));
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  return new Promise((resolve) => {
    execFile(process.execPath, [compiler, '-p', config], (_, stdout, stderr) => resolve(stdout + stderr));
  });
}

describe('the declarations', () => {
  test.each(['nodenext', 'node16'])('compile without types of Node or of browsers, by %s', async (module) => {
    const files = { 'use.ts': use, 'use.mts': use, 'use.cts': use, 'mixed.mts': mixed };
    expect(await compile(files, { module })).toBe('');
  });

  test('compile for a bundler', async () => {
    const options = { module: 'esnext', moduleResolution: 'bundler' };
    expect(await compile({ 'use.ts': use, 'use.mts': use }, options)).toBe('');
  });

  test.each([
    ['of a browser, with an older library', { lib: ['es2018', 'dom'] }],
    ['of Node', { types: ['node'], skipLibCheck: true }],
  ])('take an AbortSignal %s', async (_, options) => {
    expect(await compile({ 'use.mts': withSignal }, { module: 'nodenext', ...options })).toBe('');
  });
});
