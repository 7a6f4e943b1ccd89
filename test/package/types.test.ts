import { readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { afterAll, describe, expect, inject, test } from 'vitest';
import { copyOf } from './app.js';
import { fetchFile, fetchPackages } from './fetched.js';
import { run } from './run.js';

const TYPESCRIPTS = ['5.2.2', '5.9.3', '6.0.3', '7.0.2'];

const [best] = inject('instructionSets');
const app = copyOf(inject('installed'));
afterAll(() => app.remove());

/** A user's program, in TypeScript; `declare` because the strictest projects do not have Node's types. */
const source = `
import { type BackendInfo, ChainruleError, Dataset, Network, type NetworkOptions, backend } from 'chainrule';
import { Network as Reference } from 'chainrule/reference';
declare const console: { log(text: string): void };

const options: NetworkOptions = { inputSize: 2, layers: [{ units: 1, activation: 'sigmoid' }], seed: 1 };
const info: BackendInfo = backend();
if (info.path === undefined) throw new ChainruleError('ERR_BACKEND', info.reason);
// @ts-expect-error: an option that does not exist
const mistaken: NetworkOptions = { inputSize: 2, layers: [], tipo: 1 };
const net: Network = new Network(options);
const reference: Reference = new Reference(options);

async function main(): Promise<void> {
  const data: Dataset = new Dataset([[0, 1]], [1]);
  const { epochs } = await net.fit([[0, 1]], [1], { validationData: data, onEpoch: ({ loss }) => void loss });
  const loss: number | undefined = epochs[0]?.loss;
  console.log([info.name, info.simd, loss !== undefined && mistaken.inputSize === 2, reference.backend.name].join(' '));
}
void main();
`;

function writeProject(options: { module: string; moduleResolution?: string }, out: string): string {
  for (const name of ['use.mts', 'use.cts']) app.write(name, source);
  const lib = ['es2022'];
  const compilerOptions = { strict: true, target: 'es2022', lib, types: [], outDir: out, ...options };
  const files = options.moduleResolution === 'bundler' ? ['use.mts'] : ['use.mts', 'use.cts'];
  return app.write('tsconfig.json', { compilerOptions, files });
}

async function compile(version: string, config: string): Promise<void> {
  const manifest = await fetchFile('typescript', version, 'package.json');
  const bin = JSON.parse(readFileSync(manifest, 'utf8')).bin.tsc;
  const args = [path.join(path.dirname(manifest), bin), '-p', config];
  expect(await run(process.execPath, args, { cwd: app.folder })).toEqual({
    status: 0,
    stdout: '',
    stderr: '',
  });
}

describe.each(TYPESCRIPTS)('strict TypeScript %s without types of Node or of the DOM', (version) => {
  test.each(['node16', 'nodenext'])('compiles %s, and the output trains natively', async (module) => {
    await compile(version, writeProject({ module }, module));
    for (const file of ['use.mjs', 'use.cjs']) {
      const result = await run(process.execPath, [path.join(module, file)], { cwd: app.folder });
      expect(result).toEqual({ status: 0, stdout: `native ${best} true reference\n`, stderr: '' });
    }
  });

  test("compiles for bundlers, and esbuild's output trains natively", async () => {
    await compile(version, writeProject({ module: 'esnext', moduleResolution: 'bundler' }, 'bundler'));
    const esbuild = path.join(await fetchPackages({ esbuild: '0.28.2' }), 'node_modules/esbuild/bin/esbuild');
    const args = ['use.mts', '--bundle', '--platform=node', '--format=esm', '--outfile=bundle/use.mjs'];
    expect(await run(esbuild, args, { cwd: app.folder })).toMatchObject({ status: 0 });
    const result = await run(process.execPath, ['bundle/use.mjs'], { cwd: app.folder });
    expect(result).toEqual({ status: 0, stdout: `native ${best} true reference\n`, stderr: '' });
  });
});
