import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { beforeAll, describe, expect, test } from 'vitest';

import type { BackendInfo } from '../src/network/backend-info.js';
import { installPackage, makeFolder, placePrebuilt } from './package-folder.js';

const imports = "import { backend } from 'chainrule';";
const requires = "const { backend } = require('chainrule');";
const tell = `
try { console.log(JSON.stringify(backend())); } catch ({ code, message }) { console.log(JSON.stringify({ code, message })); }`;

/** How programs are bundled: the kind of source and of output. */
const bundles: [string, { file: string; source: string; options: BuildOptions }][] = [
  ['an ES bundle', { file: 'main.mjs', source: imports, options: { format: 'esm' } }],
  ['a CommonJS bundle', { file: 'main.cjs', source: imports, options: { format: 'cjs' } }],
  ['a CommonJS bundle that requires', { file: 'main.cjs', source: requires, options: { format: 'cjs' } }],
  ['a minified bundle', { file: 'main.mjs', source: imports, options: { format: 'esm', minify: true } }],
  [
    // As webpack writes the module's path on the machine that bundles.
    'a bundle with the paths of another machine',
    {
      file: 'main.cjs',
      source: imports,
      options: { format: 'cjs', define: { 'import.meta.url': '"file:///gone/chainrule/dist/index.js"' } },
    },
  ],
];

interface Run {
  info: BackendInfo & { code?: string; message?: string };
  stderr: string;
}

function run(file: string, env: Record<string, string> = {}, cwd = '/'): Promise<Run> {
  const { CHAINRULE_BACKEND: _, CHAINRULE_ADDON: __, CHAINRULE_SIMD: ___, ...inherited } = process.env;
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [file], { cwd, env: { ...inherited, ...env } }, (error, stdout, stderr) => {
      if (error) reject(error);
      else resolve({ info: JSON.parse(stdout), stderr });
    });
  });
}

// Bundled where the package is installed, and run where it is not.
describe.each(bundles)('%s', (_, { file, source, options }) => {
  let folder: string;
  let bundle: string;

  beforeAll(async () => {
    const workshop = await makeFolder();
    folder = await makeFolder();
    await installPackage(workshop);
    const entry = join(workshop, `entry.${source === imports ? 'mjs' : 'cjs'}`);
    await writeFile(entry, source + tell);
    bundle = join(folder, file);
    const { warnings } = await build({
      ...options,
      entryPoints: [entry],
      outfile: bundle,
      bundle: true,
      platform: 'node',
      logLevel: 'silent',
    });
    // esbuild does not warn about files in node_modules, but would about any other.
    expect(warnings).toEqual([]);
    await rm(workshop, { recursive: true });
  });

  test('trains with the binaries beside it', async () => {
    const path = await placePrebuilt(folder);
    const { info, stderr } = await run(bundle);
    expect(info).toMatchObject({ name: 'native', path });
    expect(stderr).toBe('');
    await rm(join(folder, 'prebuilds'), { recursive: true });
  });

  test('trains with the chainrule.node beside it', async () => {
    const path = join(folder, 'chainrule.node');
    await rename(await placePrebuilt(folder), path);
    expect((await run(bundle)).info).toMatchObject({ name: 'native', path });
    await rm(path);
  });

  test('trains with the package that is installed beside it, or in the working folder', async () => {
    const path = await installPackage(folder);
    expect((await run(bundle)).info).toMatchObject({ name: 'native', path });
    const elsewhere = await makeFolder();
    await rename(join(folder, 'node_modules'), join(elsewhere, 'node_modules'));
    const { info } = await run(bundle, {}, elsewhere);
    expect(info).toMatchObject({ name: 'native', path: path.replace(folder, elsewhere) });
  });

  test('obeys CHAINRULE_ADDON', async () => {
    const elsewhere = await makeFolder();
    const path = await placePrebuilt(elsewhere);
    expect((await run(bundle, { CHAINRULE_ADDON: path })).info).toMatchObject({ name: 'native', path });
    const { code, message } = (await run(bundle, { CHAINRULE_ADDON: join(elsewhere, 'no.node') })).info;
    expect(code).toBe('ERR_BACKEND');
    expect(message).toContain(`${join(elsewhere, 'no.node')}: not found`);
  });

  test('says what to do if there is no binary', async () => {
    const { info, stderr } = await run(bundle);
    expect(info.name).toBe('reference');
    expect(stderr.match(/CHAINRULE_NO_NATIVE/g)).toHaveLength(1);
    expect(stderr).toContain(`\n  ${join(folder, 'prebuilds')}`);
    expect(stderr).toContain('\n- mark chainrule as external in your bundler');
    for (const [, path] of stderr.matchAll(/^ {2}(.*): not found$/gm)) expect(path).toMatch(/^(\/|[A-Z]:\\)/);
  });
});

test.each(['esm', 'cjs'])(
  'dist/%s tells bundlers to leave the import of optional packages alone',
  (format) => {
    // webpack would look for them among its own modules, and not find them where they are installed.
    const file = readFileSync(new URL(`../dist/${format}/optional-package.js`, import.meta.url), 'utf8');
    const imports = file.match(/await import\([^)]*\)/g) ?? [];
    expect(imports).toHaveLength(2);
    for (const each of imports) expect(each).toContain('webpackIgnore: true');
  },
);

test('a bundle passes the exports of an addon that it has loaded itself', async () => {
  const workshop = await makeFolder();
  const entry = join(workshop, 'entry.mjs');
  const addon = await installPackage(workshop);
  await writeFile(
    entry,
    `import { backend, useAddon } from 'chainrule';
    import addon from ${JSON.stringify(addon)};
    useAddon(addon);${tell}`,
  );
  const folder = await makeFolder();
  await mkdir(join(folder, 'out'));
  const outfile = join(folder, 'out', 'main.cjs');
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    loader: { '.node': 'copy' },
    logLevel: 'silent',
  });
  await rm(workshop, { recursive: true });
  const { info } = await run(outfile);
  expect(info).toMatchObject({ name: 'native', reason: 'the native addon handed to useAddon loaded' });
  expect(info).not.toHaveProperty('path');
});

test('a bundle that uses nothing from the library contains none of it', async () => {
  const workshop = await makeFolder();
  await installPackage(workshop);
  const entry = join(workshop, 'entry.mjs');
  await writeFile(entry, "import 'chainrule'; console.log('{}');");
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    logLevel: 'silent',
    platform: 'node',
    format: 'esm',
  });
  expect(outputFiles[0].text.length).toBeLessThan(200);
});
