import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { App } from './app.js';
import { appToBuild, build, expectToTrain, ship, start } from './deploy.js';
import { expectReference } from './expectations.js';
import { fetchPackages, type Packages } from './fetched.js';
import { program } from './probe.js';
import { hostTarget } from './scripts.js';

/** What README says to copy beside a bundle that contains chainrule. */
const PREBUILDS = ['node_modules/chainrule/prebuilds', 'prebuilds'] as const;
const DEPENDENCY = 'node_modules';

describe('esbuild', () => {
  const esbuild = (app: App, ...args: string[]) =>
    build(app, { esbuild: '0.28.2' }, 'esbuild/bin/esbuild', ['--bundle', '--platform=node', ...args]);

  const cases = [
    { entry: 'probe.mjs', format: 'esm', out: 'main.mjs' },
    { entry: 'probe.mjs', format: 'cjs', out: 'main.cjs' },
    { entry: 'probe.cjs', format: 'cjs', out: 'main.cjs' },
  ];

  describe.each(cases)('$entry to $format', ({ entry, format, out }) => {
    const args = [entry, `--format=${format}`, `--outfile=out/${out}`];

    test('with --external:chainrule', async () => {
      const app = appToBuild();
      await esbuild(app, ...args, '--external:chainrule');
      await expectToTrain(ship(app, ['out', DEPENDENCY]), `out/${out}`);
    });

    test('with prebuilds beside the bundle', async () => {
      const app = appToBuild();
      await esbuild(app, ...args);
      await expectToTrain(ship(app, [['out', '.'], PREBUILDS]), out);
    });

    test('with only the bundle: reference engine, and what to do about it', async () => {
      const app = appToBuild();
      await esbuild(app, ...args);
      const { native } = expectReference(await start(ship(app, ['out']), `out/${out}`), /not found/);
      expect(native?.message).toContain('mark chainrule as external in your bundler');
    });
  });

  test('with a binary that the program names by useAddon', async () => {
    const app = appToBuild();
    const addon = "useAddon(new URL('./lib/chainrule.node', import.meta.url));";
    app.write('named.mjs', `import { useAddon } from 'chainrule';\n${addon}\n${program('esm')}`);
    await esbuild(app, 'named.mjs', '--format=esm', '--outfile=out/main.mjs');
    const binary = path.join('node_modules/chainrule', hostTarget()!.file);
    await expectToTrain(
      ship(app, [
        ['out', '.'],
        [binary, 'lib/chainrule.node'],
      ]),
      'main.mjs',
    );
  });
});

const WEBPACK: Packages = { webpack: '5.113.0', 'webpack-cli': '7.3.1' };

describe('webpack', () => {
  const webpack = async (app: App, esm: boolean, externals: string) => {
    const output = esm
      ? "{ path, filename: 'main.mjs', module: true, chunkFormat: 'module' }, experiments: { outputModule: true }"
      : "{ path, filename: 'main.cjs' }";
    app.write(
      'webpack.config.mjs',
      `const path = new URL('out', import.meta.url).pathname;
      export default { mode: 'production', target: 'node20', entry: './probe.mjs', ${externals} output: ${output} };`,
    );
    await build(app, WEBPACK, 'webpack-cli/bin/cli.js', ['--config', 'webpack.config.mjs']);
  };

  describe.each([
    {
      format: 'CommonJS',
      esm: false,
      out: 'main.cjs',
      external: "externals: { chainrule: 'commonjs chainrule' },",
    },
    {
      format: 'ES modules',
      esm: true,
      out: 'main.mjs',
      external: "externals: { chainrule: 'module chainrule' },",
    },
  ])('to $format', ({ esm, out, external }) => {
    test('with chainrule as an external', async () => {
      const app = appToBuild();
      await webpack(app, esm, external);
      await expectToTrain(ship(app, ['out', DEPENDENCY]), `out/${out}`);
    });

    test('with prebuilds beside the bundle', async () => {
      const app = appToBuild();
      await webpack(app, esm, '');
      await expectToTrain(ship(app, [['out', '.'], PREBUILDS]), out);
    });
  });
});

const ROLLUP: Packages = { rollup: '4.68.8', '@rollup/plugin-node-resolve': '16.0.3' };

describe('rollup', () => {
  const rollup = (app: App, ...args: string[]) =>
    build(app, ROLLUP, 'rollup/dist/bin/rollup', ['probe.mjs', '--file', 'out/main.mjs', ...args]);

  test('by itself, which leaves dependencies alone', async () => {
    const app = appToBuild();
    await rollup(app, '--external', 'chainrule');
    await expectToTrain(ship(app, ['out', DEPENDENCY]), 'out/main.mjs');
  });

  test('with @rollup/plugin-node-resolve, and prebuilds beside the bundle', async () => {
    const app = appToBuild();
    const plugin = path.join(
      await fetchPackages(ROLLUP),
      'node_modules/@rollup/plugin-node-resolve/dist/es/index.js',
    );
    app.write(
      'rollup.config.mjs',
      `import resolve from ${JSON.stringify(plugin)};
      export default { plugins: [resolve({ exportConditions: ['node'], preferBuiltins: true })] };`,
    );
    await rollup(app, '--config', 'rollup.config.mjs', '--format', 'es');
    await expectToTrain(ship(app, [['out', '.'], PREBUILDS]), 'main.mjs');
  });
});

describe('Vite SSR', () => {
  const vite = async (app: App, ssr: object) => {
    app.write('vite.config.mjs', `export default ${JSON.stringify({ ssr, logLevel: 'warn' })};`);
    await build(app, { vite: '8.4.0' }, 'vite/bin/vite.js', [
      'build',
      '--ssr',
      'probe.mjs',
      '--outDir',
      'out',
    ]);
  };

  test('by itself, which leaves dependencies alone', async () => {
    const app = appToBuild();
    await vite(app, {});
    await expectToTrain(ship(app, ['out', DEPENDENCY]), 'out/probe.mjs');
  });

  test('with ssr.noExternal, and chainrule in ssr.external', async () => {
    const app = appToBuild();
    await vite(app, { noExternal: true, external: ['chainrule'] });
    await expectToTrain(ship(app, ['out', DEPENDENCY]), 'out/probe.mjs');
  });

  test('with ssr.noExternal, and prebuilds beside the bundle', async () => {
    const app = appToBuild();
    await vite(app, { noExternal: true });
    await expectToTrain(ship(app, [['out', '.'], PREBUILDS]), 'probe.mjs');
  });
});
