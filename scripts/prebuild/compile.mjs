/** Compiles the addon for one target with zig: Linux through prebuildify, other systems directly. */

import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { findNodeDir } from '../build-native.mjs';
import { buildSettings } from '../native-config.mjs';
import { ROOT } from '../process.mjs';
import { runOrThrow } from '../run.mjs';
import { windowsNodeApi } from './windows-node-api.mjs';
import { zigEnvironment } from './zig.mjs';

const require = createRequire(import.meta.url);

/**
 * @typedef {object} Tools
 * @property {string} zig
 * @property {string} highway folder with hwy/
 * @property {string} openblas prefix, or 'none'
 */

/**
 * Builds `target` to its file under `out`.
 *
 * @param {import('./targets.mjs').Target} target
 * @param {Tools} tools
 * @param {string} out
 */
export async function compileAddon(target, tools, out = ROOT) {
  const work = mkdtempSync(path.join(tmpdir(), `chainrule-${target.name}-`));
  try {
    if (target.platform === 'linux') await compileByPrebuildify(target, tools, work, out);
    else await compileDirectly(target, tools, work, out);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** In a copy of the sources, since prebuildify begins by deleting build/. */
async function compileByPrebuildify(target, { zig, highway, openblas }, work, out) {
  for (const name of ['native', 'scripts', 'binding.gyp', 'package.json']) {
    cpSync(path.join(ROOT, name), path.join(work, name), { recursive: true });
  }
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(work, 'node_modules'));
  const compiler = (language) => `${zig} ${language} -target ${target.zig}`;
  const env = {
    ...zigEnvironment(),
    CC: compiler('cc'),
    CXX: compiler('c++'),
    AR: `${zig} ar`,
    LDFLAGS: '-s',
    CHAINRULE_PREBUILD: '1',
    CHAINRULE_HIGHWAY: highway,
    CHAINRULE_OPENBLAS: openblas,
    npm_config_nodedir: findNodeDir() || undefined,
    // Otherwise node-gyp compiles one file after another.
    JOBS: 'max',
  };
  const prebuildify = require.resolve('prebuildify/bin.js');
  const args = ['--napi', '--tag-libc', '--libc', target.libc, '--arch', target.arch, '--out', out];
  await runOrThrow(`compiling ${target.name}`, process.execPath, [prebuildify, ...args], { cwd: work, env });
}

/** Without node-gyp, which would make a project for MSVC or Xcode. */
async function compileDirectly(target, { zig, highway }, work, out) {
  const settings = buildSettings({ platform: target.platform, blas: false });
  const { sources, compileFlags, defines, linkFlags, addonLinkFlags } = settings;
  const compiler = ['c++', '-target', target.zig];
  const includes = [
    'native/core',
    require('node-addon-api').include_dir,
    require('node-api-headers').include_dir,
  ];
  const flags = [
    ...compiler,
    ...compileFlags,
    ...defines.map((define) => `-D${define}`),
    ...includes.flatMap((folder) => ['-I', folder]),
    ...['-isystem', highway, '-ffunction-sections', '-fdata-sections'],
    ...(target.platform === 'win32' ? [] : ['-fPIC']),
  ];
  const files = [...sources.core, ...sources.addon];
  if (target.platform === 'win32') {
    const file = path.join(work, 'node_api_windows.cc');
    writeFileSync(file, windowsNodeApi(napiVersion(defines)));
    files.push(file);
  }
  const objects = files.map((_, i) => path.join(work, `${i}.o`));
  await inParallel(files, (file, i) =>
    runOrThrow(
      `compiling ${path.basename(file)} for ${target.name}`,
      zig,
      [...flags, '-c', file, '-o', objects[i]],
      {
        cwd: ROOT,
        env: zigEnvironment(),
      },
    ),
  );
  const addon = path.join(work, 'chainrule.node');
  const link = [...compiler, '-shared', '-s', '-O3', '-o', addon, ...objects];
  link.push(...linkFlags, ...addonLinkFlags);
  // The default is the path that it is written to on this machine.
  if (target.platform === 'darwin') link.push('-Wl,-install_name,@rpath/chainrule.node');
  await runOrThrow(`linking ${target.name}`, zig, link, { cwd: ROOT, env: zigEnvironment() });
  const file = path.join(out, target.file);
  mkdirSync(path.dirname(file), { recursive: true });
  cpSync(addon, file);
}

function napiVersion(defines) {
  return defines.find((define) => define.startsWith('NAPI_VERSION=')).split('=')[1];
}

/** Calls `work` for every item, for as many at a time as there are cores. */
async function inParallel(items, work) {
  const left = items.entries();
  const worker = async () => {
    for (const [i, item] of left) await work(item, i);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
}
