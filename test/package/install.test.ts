import path from 'node:path';
import process from 'node:process';
import { afterEach, describe, inject, test } from 'vitest';
import { type App, emptyApp } from './app.js';
import { expectNative } from './expectations.js';
import { fetchBun, fetchFile, isLinuxX64 } from './fetched.js';
import { buildEnvironment, run, runOrThrow } from './run.js';

const installed = inject('installed');
const tarball = inject('tarball');
const losses = inject('losses');
const [best] = inject('instructionSets');

let app: App | undefined;
afterEach(() => app?.remove());

/** A folder with the tarball as its dependency, for a package manager to install. */
function dependentApp(more: object = {}): App {
  app = emptyApp();
  const dependencies = { chainrule: `file:${tarball}` };
  app.write('package.json', { name: 'app', version: '1.0.0', private: true, dependencies, ...more });
  return app;
}

async function expectToTrain(folder: string, ...nodeArguments: string[]) {
  for (const file of ['probe.mjs', 'probe.cjs']) {
    expectNative(await run(process.execPath, [...nodeArguments, file], { cwd: folder }), losses, best);
  }
}

describe('installed without scripts, without a network, and run with only node on the PATH', () => {
  test('by npm', () => expectToTrain(installed));

  test('by pnpm', async () => {
    const { folder } = dependentApp();
    const env = { ...buildEnvironment(), XDG_DATA_HOME: path.join(folder, 'data') };
    const pnpm = await fetchFile('pnpm', '10.34.9', 'bin/pnpm.cjs');
    await runOrThrow(process.execPath, [pnpm, 'install', '--offline', '--ignore-scripts'], {
      cwd: folder,
      env,
    });
    await expectToTrain(folder);
  });

  test("by Yarn, with Plug'n'Play", async () => {
    const { folder } = dependentApp();
    app?.write('.yarnrc.yml', 'enableNetwork: false\nenableTelemetry: false\nenableScripts: false\n');
    app?.write('yarn.lock', '');
    const env = { ...buildEnvironment(), YARN_GLOBAL_FOLDER: path.join(folder, 'yarn') };
    const yarn = await fetchFile('@yarnpkg/cli-dist', '4.18.1', 'bin/yarn.js');
    await runOrThrow(process.execPath, [yarn, 'install'], { cwd: folder, env });
    await expectToTrain(folder, '--require', './.pnp.cjs', '--loader', './.pnp.loader.mjs', '--no-warnings');
  });

  test.skipIf(!isLinuxX64)('by Bun', async () => {
    const { folder } = dependentApp();
    const env = { ...buildEnvironment(), BUN_INSTALL_CACHE_DIR: path.join(folder, 'cache') };
    await runOrThrow(await fetchBun(), ['install', '--ignore-scripts'], { cwd: folder, env });
    await expectToTrain(folder);
  });
});
