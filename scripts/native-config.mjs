#!/usr/bin/env node
/**
 * What a build of the native engine needs to know: where the libraries are on this machine, and the flags. binding.gyp,
 * CMakeLists.txt and the prebuilds ask this script; so does setup.mjs, to find out what is missing.
 *
 *     node scripts/native-config.mjs --openblas-lib
 *
 * prints one path, or an empty line if the file is not found; flags and lists are separated by spaces.
 * CHAINRULE_OPENBLAS, the prefix of your own OpenBLAS (with lib/), replaces the system's; 'none' leaves it out.
 * CHAINRULE_HIGHWAY, a folder that contains hwy/, replaces the system's Highway.
 */

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { isMain, ROOT } from './process.mjs';

/** Debian's name for an architecture, used in the names of its library folders. */
const DEBIAN_TRIPLETS = {
  x64: 'x86_64-linux-gnu',
  arm64: 'aarch64-linux-gnu',
  arm: 'arm-linux-gnueabihf',
  ppc64: 'powerpc64le-linux-gnu',
  riscv64: 'riscv64-linux-gnu',
  s390x: 's390x-linux-gnu',
};

/**
 * @typedef {object} NativePaths
 * @property {string} openblasLib libopenblas.a, the single-threaded build if the system has several
 * @property {string} hwyInclude folder with hwy/highway.h
 * @property {string} doctestInclude folder with doctest/doctest.h
 */

/**
 * Finds the three places; each is '' if nothing was found.
 *
 * @param {object} [machine] where to look; by default this machine
 * @param {NodeJS.ProcessEnv} [machine.env]
 * @param {string} [machine.platform]
 * @param {string} [machine.arch]
 * @param {(file: string) => boolean} [machine.exists]
 * @returns {NativePaths}
 */
export function findNativePaths({
  env = process.env,
  platform = process.platform,
  arch = process.arch,
  exists = existsSync,
} = {}) {
  const folderWith = (header, folders) => folders.find((folder) => exists(path.join(folder, header))) ?? '';
  const firstFile = (files) => files.find((file) => exists(file)) ?? '';

  const prefixes = systemPrefixes(env, platform);
  const highway = env.CHAINRULE_HIGHWAY ? [path.resolve(env.CHAINRULE_HIGHWAY)] : prefixes('highway');
  return {
    openblasLib: firstFile(openblasLibraries(env, platform, arch)),
    hwyInclude: folderWith('hwy/highway.h', highway),
    doctestInclude: folderWith('doctest/doctest.h', prefixes('doctest')),
  };
}

/** The header folder of a Homebrew formula, or the two that every Unix has. */
function systemPrefixes(env, platform) {
  return (formula) =>
    platform === 'darwin'
      ? homebrewFolders(env, formula).map((folder) => path.join(folder, 'include'))
      : ['/usr/include', '/usr/local/include'];
}

/** Where libopenblas.a may be. */
function openblasLibraries(env, platform, arch) {
  if (env.CHAINRULE_OPENBLAS === 'none') return [];
  if (env.CHAINRULE_OPENBLAS) {
    return ['lib', 'lib64'].map((folder) => path.resolve(env.CHAINRULE_OPENBLAS, folder, 'libopenblas.a'));
  }
  if (platform === 'darwin') {
    return homebrewFolders(env, 'openblas').map((folder) => path.join(folder, 'lib/libopenblas.a'));
  }
  // Not /usr/lib/<triplet>/libopenblas.a: that is whichever build `alternatives` points to, and the
  // threads of a threaded build would compete with the engine's own.
  return [`/usr/lib/${DEBIAN_TRIPLETS[arch] ?? arch}/openblas-serial/libopenblas.a`];
}

/** What `brew --prefix <formula>` would print, without waiting for it. */
function homebrewFolders(env, formula) {
  const prefixes = env.HOMEBREW_PREFIX ? [env.HOMEBREW_PREFIX] : ['/opt/homebrew', '/usr/local'];
  return prefixes.map((prefix) => path.join(prefix, 'opt', formula));
}

/**
 * @typedef {object} BuildSettings
 * @property {{ core: string[], addon: string[], test: string[], fuzz: string[], bench: string[] }} sources relative to the root
 * @property {string[]} compileFlags
 * @property {string[]} defines of the core and the addon
 * @property {string[]} linkFlags of everything that links the core
 * @property {string[]} addonLinkFlags additional ones of the addon
 */

/**
 * Sources and flags of every build, from native/sources.json and native/flags.json.
 *
 * @param {object} options
 * @param {string} options.platform to build for, as process.platform
 * @param {boolean} options.blas whether OpenBLAS is linked in
 * @returns {BuildSettings}
 */
export function buildSettings({ platform, blas }) {
  const read = (file) => JSON.parse(readFileSync(path.join(ROOT, file), 'utf8'));
  const flags = read('native/flags.json');
  const { version } = read('package.json');
  return {
    sources: read('native/sources.json'),
    compileFlags: flags.compile,
    defines: [...flags.addonDefines, `CHAINRULE_VERSION=${version}`, ...(blas ? [] : ['CHAINRULE_NO_BLAS'])],
    linkFlags: [...(flags.link[platform] ?? []), ...(blas && platform === 'linux' ? flags.linkOpenblas : [])],
    addonLinkFlags: flags.linkAddon[platform] ?? [],
  };
}

/** What each option prints. */
const OPTIONS = {
  '--openblas-lib': ({ paths }) => paths.openblasLib,
  '--hwy-include': ({ paths }) => paths.hwyInclude,
  '--doctest-include': ({ paths }) => paths.doctestInclude,
  '--core-sources': ({ settings }) => settings.sources.core,
  '--addon-sources': ({ settings }) => settings.sources.addon,
  '--test-sources': ({ settings }) => settings.sources.test,
  '--fuzz-sources': ({ settings }) => settings.sources.fuzz,
  '--bench-sources': ({ settings }) => settings.sources.bench,
  '--compile-flags': ({ settings }) => settings.compileFlags,
  '--defines': ({ settings }) => settings.defines,
  '--link-flags': ({ settings }) => settings.linkFlags,
  '--addon-link-flags': ({ settings }) => settings.addonLinkFlags,
};

function main(args) {
  const print = args.length === 1 ? OPTIONS[args[0]] : undefined;
  if (print === undefined) {
    console.error(`usage: node scripts/native-config.mjs ${Object.keys(OPTIONS).join(' | ')}`);
    return 2;
  }
  const paths = findNativePaths();
  const settings = buildSettings({ platform: process.platform, blas: paths.openblasLib !== '' });
  console.log([print({ paths, settings })].flat().join(' '));
  return 0;
}

if (isMain(import.meta.url)) {
  process.exitCode = main(process.argv.slice(2));
}
