import { chmodSync, copyFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import type { App } from './app.js';
import { appToBuild, build, expectToTrain, ship } from './deploy.js';
import { expectNative } from './expectations.js';
import { fetchBun, fetchNode, isLinuxX64, NODES } from './fetched.js';
import { buildEnvironment, run, runOrThrow } from './run.js';

const PREBUILDS = ['node_modules/chainrule/prebuilds', 'prebuilds'] as const;

/** A single executable loads only Node's own modules, so the program must be one file. */
async function bundle(app: App): Promise<void> {
  const args = ['probe.mjs', '--bundle', '--platform=node', '--format=cjs', '--outfile=bundle.cjs'];
  await build(app, { esbuild: '0.28.2' }, 'esbuild/bin/esbuild', args);
}

/** Runs it in another folder than its own, without a PATH. */
async function expectExecutableToTrain(target: App): Promise<void> {
  const result = await run(target.path('app'), [], { cwd: '/', env: {} });
  const report = expectNative(result, inject('losses'), inject('instructionSets')[0]);
  expect(report.backend.path?.startsWith(target.folder + path.sep), report.backend.path).toBe(true);
}

describe.skipIf(!isLinuxX64)('a single executable, with prebuilds beside it', () => {
  test(`by Node ${NODES[26]}'s --build-sea`, async () => {
    const app = appToBuild();
    await bundle(app);
    app.write('sea.json', { main: 'bundle.cjs', output: 'app', disableExperimentalSEAWarning: true });
    const options = { cwd: app.folder, env: buildEnvironment() };
    await runOrThrow(await fetchNode(26), ['--build-sea', 'sea.json'], options);
    await expectExecutableToTrain(ship(app, ['app', PREBUILDS]));
  });

  test(`by Node ${NODES[20]} and postject`, async () => {
    const app = appToBuild();
    await bundle(app);
    app.write('sea.json', { main: 'bundle.cjs', output: 'app.blob', disableExperimentalSEAWarning: true });
    const node = await fetchNode(20);
    const options = { cwd: app.folder, env: buildEnvironment() };
    await runOrThrow(node, ['--experimental-sea-config', 'sea.json'], options);
    copyFileSync(node, app.path('app'));
    chmodSync(app.path('app'), 0o755);
    const fuse = ['--sentinel-fuse', 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'];
    const args = ['app', 'NODE_SEA_BLOB', 'app.blob', ...fuse];
    await build(app, { postject: '1.0.0-alpha.6' }, 'postject/dist/cli.js', args);
    await expectExecutableToTrain(ship(app, ['app', PREBUILDS]));
  });

  test('by bun build --compile', async () => {
    const app = appToBuild();
    const args = ['build', 'probe.mjs', '--compile', '--outfile', 'app'];
    await runOrThrow(await fetchBun(), args, { cwd: app.folder, env: buildEnvironment() });
    await expectExecutableToTrain(ship(app, ['app', PREBUILDS]));
  });
});

// Electron is not available from npm alone. It reads an archive as if it were a folder, but the system's loader
// cannot: electron-builder and Forge put libraries in a folder beside it. Here a folder replaces the archive.
describe("Electron's archive", () => {
  test('leads to the addon in app.asar.unpacked', async () => {
    const app = appToBuild();
    const asar = (...args: string[]) =>
      build(app, { '@electron/asar': '3.4.0' }, '@electron/asar/bin/asar.js', args);
    app.write('resources/.keep', '');
    await asar('pack', '.', 'resources/app.asar', '--unpack', '*.node');
    await asar('extract', 'resources/app.asar', 'archive');
    const target = ship(app, [
      ['archive', 'app.asar'],
      ['resources/app.asar.unpacked', 'app.asar.unpacked'],
    ]);
    rmSync(target.path('app.asar/node_modules/chainrule/prebuilds'), { recursive: true });
    await expectToTrain(target, 'app.asar/probe.mjs');
  });
});
