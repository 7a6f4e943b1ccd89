import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/index.ts'],
  format: ['esm', 'cjs'],
  // The declarations name Symbol.dispose, which without @types/node not every `lib` has.
  dts: { banner: '/// <reference lib="esnext.disposable" />' },
  target: 'node20',
  platform: 'node',
  sourcemap: true,
  clean: true,
  skipNodeModulesBundle: true,
  removeNodeProtocol: false,
  esbuildOptions(options, { format }) {
    if (format !== 'cjs') return;
    // tsup's own shim for import.meta.url breaks where a path has a % and where a test defines `document`.
    options.define = { ...options.define, 'import.meta.url': 'importMetaUrl' };
    options.banner = {
      js: "'use strict';\nconst importMetaUrl = require('node:url').pathToFileURL(__filename).href;",
    };
  },
});
