import { readFileSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Options } from 'tsup';

type Plugin = NonNullable<Options['esbuildPlugins']>[number];

const { esbuildModuleRuntime }: { esbuildModuleRuntime: Plugin } = await import(
  new URL('scripts/module-runtime.mjs', import.meta.url).href
);

const { REPORT_ENTRY, reportBanner, withoutParsers } = await import(
  new URL('scripts/report-bundle.mjs', import.meta.url).href
);

const shared: Options = {
  target: 'node20',
  platform: 'node',
  skipNodeModulesBundle: true,
  removeNodeProtocol: false,
  esbuildOptions(options) {
    // Half of an import is parsing. Names stay, and lines are short enough for Node to show one of an error.
    options.minifyWhitespace = true;
    options.lineLimit = 120;
  },
};

const PROTOBUF = { js: '/*! With parts of @bufbuild/protobuf (see THIRD-PARTY-NOTICES.md). */' };

/**
 * The bundles of one entry of the package, in both module systems. The declarations of `import` re-export those
 * of `require`: with two sets, TypeScript would treat the two Datasets as different, although they are one
 * class.
 */
function bundles(name: string, esbuildPlugins: Plugin[]): Options {
  return {
    ...shared,
    entry: { [name]: 'src/entry.ts' },
    format: ['esm', 'cjs'],
    noExternal: ['@bufbuild/protobuf'],
    banner: PROTOBUF,
    esbuildPlugins: [esbuildModuleRuntime, filesBeside, ...esbuildPlugins],
    onSuccess: () => writeFile(`dist/${name}.d.ts`, `export * from './${name}.cjs';\n`),
  };
}

/** The declarations of one entry, as `require` gets them. */
function declarations(name: string): Options {
  return {
    ...shared,
    entry: { [name]: 'src/index.ts' },
    format: 'cjs',
    // The declarations name Symbol.dispose, which without @types/node not every `lib` has.
    dts: { only: true, banner: '/// <reference lib="esnext.disposable" />' },
  };
}

const WITH_COMMENTS = 'src/data/read/optional-package.ts';

/** Files of their own in dist/esm/ and dist/cjs/, for all entries of the package. */
const BESIDE: Record<string, string> = {
  // One class of errors, whichever file throws.
  error: 'src/error.ts',
  // Loaded when they are needed: half of an import is parsing.
  'open-file': 'src/data/read/open-file.ts',
  'from-onnx': 'src/formats/onnx/from-onnx.ts',
  'from-tfjs': 'src/formats/tfjs/from-tfjs.ts',
  // With comments for bundlers, which would go with the blanks.
  'optional-package': WITH_COMMENTS,
};

const filesBeside: Plugin = {
  name: 'files-beside',
  setup: ({ initialOptions, onResolve }) => {
    const { entryPoints, format } = initialOptions;
    const own = Object.keys(entryPoints as Record<string, string>);
    const inFolder = !own.some((name) => name in BESIDE);
    onResolve(
      { filter: new RegExp(`/(${Object.keys(BESIDE).join('|')})\\.js$`) },
      ({ path, kind, importer }) => {
        const name = basename(path, '.js');
        // Packages have files of these names, too.
        const isOurs = kind !== 'entry-point' && !/[\\/]node_modules[\\/]/.test(importer);
        if (!isOurs || own.includes(name)) return undefined;
        return { path: `./${inFolder ? `${format}/` : ''}${name}.js`, external: true };
      },
    );
  },
};

function beside(format: 'esm' | 'cjs', name: string): Options {
  return {
    ...shared,
    entry: { [name]: BESIDE[name] },
    outDir: `dist/${format}`,
    outExtension: () => ({ js: '.js' }),
    format,
    splitting: false,
    noExternal: ['@bufbuild/protobuf'],
    banner: name === 'from-onnx' ? PROTOBUF : {},
    esbuildPlugins: [filesBeside],
    ...(BESIDE[name] === WITH_COMMENTS && { esbuildOptions: () => {} }),
  };
}

/**
 * here.ts as a separate file. File tracers have to read it, and ncc skips files with syntax after 2020 or with
 * names that end in .cjs.
 */
function here(format: 'esm' | 'cjs'): Options {
  return {
    ...shared,
    entry: { here: 'src/engine/here.ts' },
    outDir: `dist/${format}`,
    outExtension: () => ({ js: '.js' }),
    format,
    target: 'es2020',
    esbuildOptions(options) {
      if (format === 'esm') return;
      // tsup's own shim breaks if a path has a %, or if a test defines `document`.
      options.define = { ...options.define, 'import.meta.url': 'undefined' };
    },
    onSuccess: async () => {
      if (format === 'cjs') await writeFile('dist/cjs/package.json', '{ "type": "commonjs" }\n');
    },
  };
}

const withHereBeside: Plugin = {
  name: 'with-here-beside',
  setup: ({ initialOptions, onResolve }) => {
    const path = `./${initialOptions.format}/here.js`;
    onResolve({ filter: /\/here\.js$/ }, () => ({ path, external: true }));
  },
};

const withoutNativeEngine: Plugin = {
  name: 'without-native-engine',
  setup: ({ onResolve }) => {
    const stub = fileURLToPath(new URL('src/engine/no-native-engine.ts', import.meta.url));
    onResolve({ filter: /\/native-engine\.js$/ }, () => ({ path: stub }));
  },
};

/** The program uses the library beside it, not its own copy. */
const libraryBeside: Plugin = {
  name: 'library-beside',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^(\.\.\/)+index\.js$/ }, () => ({ path: './index.js', external: true }));
  },
};

/** What the program is made with, and what that needs: bundled, so that the package has no dependency at run time. */
const BUNDLED: readonly [name: string, license: string][] = [
  ['commander', 'LICENSE'],
  ['cli-progress', 'LICENSE.md'],
  ['string-width', 'license'],
  ['strip-ansi', 'license'],
  ['ansi-regex', 'license'],
  ['is-fullwidth-code-point', 'license'],
  ['emoji-regex', 'LICENSE-MIT.txt'],
];

/** The command line. */
const program: Options = {
  ...shared,
  entry: { cli: 'src/cli/main.ts' },
  format: 'esm',
  splitting: false,
  noExternal: [new RegExp(`^(${BUNDLED.map(([name]) => name).join('|')})(/|$)`)],
  esbuildPlugins: [libraryBeside, filesBeside, withHereBeside],
  banner: {
    js: [
      ...BUNDLED.map(([name, license]) => {
        const text = readFileSync(`node_modules/${name}/${license}`, 'utf8').trim();
        return `/*! With ${name}:\n${text}\n*/`;
      }),
      // For those that are CommonJS.
      "import { createRequire as createRequireOfBanner } from 'node:module';",
      'const require = createRequireOfBanner(import.meta.url);',
    ].join('\n'),
  },
};

/** Reports are drawn by a file of its own, since its libraries take longer to load than all the rest. */
const reportBeside: Plugin = {
  name: 'report-beside',
  setup: ({ onResolve }) => {
    // An ES module in both module systems: it is imported when the first report is made.
    onResolve({ filter: /\/page\/render\.js$/ }, () => ({ path: './report.js', external: true }));
  },
};

const report: Options = {
  ...shared,
  entry: { report: REPORT_ENTRY },
  format: 'esm',
  splitting: false,
  noExternal: [/./],
  esbuildPlugins: [withoutParsers],
  minify: true,
  banner: { js: reportBanner() },
};

// Not tsup's `clean`: the builds below run at once, and each would delete what the others have made.
rmSync('dist', { recursive: true, force: true });

export default defineConfig([
  here('esm'),
  here('cjs'),
  ...Object.keys(BESIDE).flatMap((name) => [beside('esm', name), beside('cjs', name)]),
  bundles('index', [reportBeside, withHereBeside]),
  bundles('reference', [reportBeside, withoutNativeEngine]),
  declarations('index'),
  declarations('reference'),
  program,
  report,
]);
