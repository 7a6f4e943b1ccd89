/**
 * Bundles src/module/ into the texts that `toModule()` puts into its modules: scripts without imports that run in
 * browsers. The builds of the package and the tests replace src/formats/module-runtime.d.ts by them.
 */

import path from 'node:path';
import { build } from 'esbuild';
import { ROOT } from './process.mjs';

const ENTRIES = { NETWORK: 'src/module/network.ts', ESTIMATOR: 'src/module/estimator.ts' };

/** @returns {Promise<string>} a module that exports a text for each entry; each is an expression */
export async function moduleRuntime() {
  const exports = Object.entries(ENTRIES).map(
    async ([name, file]) => `export const ${name} = ${JSON.stringify(await bundle(file))};\n`,
  );
  return (await Promise.all(exports)).join('');
}

/** An expression that gives the exports of a file. */
async function bundle(file) {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: [path.join(ROOT, file)],
    bundle: true,
    write: false,
    minify: true,
    charset: 'ascii',
    legalComments: 'none',
    // Not 'node': an import of one of its modules then fails here.
    platform: 'browser',
    format: 'iife',
    globalName: 'runtime',
    target: 'es2022',
  });
  const [, expression] = outputFiles[0].text.match(/^(?:"use strict";)?var runtime=(.*);\s*$/s);
  return expression;
}

/** For tsup's esbuild. */
export const esbuildModuleRuntime = {
  name: 'module-runtime',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /\/module-runtime\.js$/ }, () => ({
      path: 'module-runtime',
      namespace: 'module-runtime',
    }));
    onLoad({ filter: /.*/, namespace: 'module-runtime' }, async () => ({ contents: await moduleRuntime() }));
  },
};

/** For the tests' vite. */
export const viteModuleRuntime = {
  name: 'module-runtime',
  resolveId: (id) => (/\/module-runtime\.js$/.test(id) ? '\0module-runtime' : undefined),
  load: (id) => (id === '\0module-runtime' ? moduleRuntime() : undefined),
};
