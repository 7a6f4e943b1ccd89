import { readFileSync } from 'node:fs';
import { defineConfig, type Options } from 'tsup';

type Plugin = NonNullable<Options['esbuildPlugins']>[number];

/** The program uses the library as it lies beside it, and not a copy of its own. */
const libraryBeside: Plugin = {
  name: 'library-beside',
  setup(build) {
    build.onResolve({ filter: /^(\.\.\/)+index\.js$/ }, () => ({ path: './index.js', external: true }));
  },
};

const commanderLicense = readFileSync('node_modules/commander/LICENSE', 'utf8').trim();

export default defineConfig([
  {
    entry: ['src/index.ts'],
    format: ['esm', 'cjs'],
    // The declarations name Symbol.dispose, which without @types/node not every `lib` has.
    dts: { banner: '/// <reference lib="esnext.disposable" />' },
    target: 'node20',
    platform: 'node',
    sourcemap: true,
    clean: ['!cli.js'],
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
  },
  {
    entry: { cli: 'src/cli/main.ts' },
    format: ['esm'],
    target: 'node20',
    platform: 'node',
    splitting: false,
    skipNodeModulesBundle: true,
    // The package has no dependency at run time.
    noExternal: ['commander'],
    removeNodeProtocol: false,
    esbuildPlugins: [libraryBeside],
    banner: {
      js: [
        `/*! With commander:\n${commanderLicense}\n*/`,
        // For commander, which is CommonJS.
        "import { createRequire as createRequireOfBanner } from 'node:module';",
        'const require = createRequireOfBanner(import.meta.url);',
      ].join('\n'),
    },
  },
]);
