#!/usr/bin/env node
/**
 * Where the headers and the static library of the native engine lie on this machine. binding.gyp and
 * CMakeLists.txt ask here; so does setup.mjs, to know what is missing.
 *
 *     node scripts/native-config.mjs --openblas-lib
 *
 * prints one path, or an empty line when the file is nowhere. CHAINRULE_OPENBLAS, the prefix of an
 * OpenBLAS of one's own (with include/ and lib/), replaces the system's.
 */

import { existsSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { isMain } from './process.mjs';

/** Debian's name for an architecture, which its library folders bear. */
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
 * @property {string} openblasInclude folder with cblas.h
 * @property {string} openblasLib libopenblas.a, the single-threaded build where the system has several
 * @property {string} hwyInclude folder with hwy/highway.h
 * @property {string} doctestInclude folder with doctest/doctest.h
 */

/**
 * Looks the four places up; each is '' when nothing was found.
 *
 * @param {object} [machine] where to look; this machine unless a test says otherwise
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
  const openblas = env.CHAINRULE_OPENBLAS
    ? ownOpenblas(path.resolve(env.CHAINRULE_OPENBLAS))
    : systemOpenblas(env, platform, arch);

  const openblasInclude = folderWith('cblas.h', openblas.includes);
  const openblasLib = firstFile(openblas.libraries);
  return {
    // A header without its library, or the other way round, is of no use.
    openblasInclude: openblasLib && openblasInclude,
    openblasLib: openblasInclude && openblasLib,
    hwyInclude: folderWith('hwy/highway.h', prefixes('highway')),
    doctestInclude: folderWith('doctest/doctest.h', prefixes('doctest')),
  };
}

/** Folders of headers for a Homebrew formula, or the two that every Unix has. */
function systemPrefixes(env, platform) {
  return (formula) =>
    platform === 'darwin'
      ? homebrewFolders(env, formula).map((folder) => path.join(folder, 'include'))
      : ['/usr/include', '/usr/local/include'];
}

function ownOpenblas(prefix) {
  return {
    includes: [path.join(prefix, 'include'), path.join(prefix, 'include/openblas')],
    libraries: [path.join(prefix, 'lib/libopenblas.a'), path.join(prefix, 'lib64/libopenblas.a')],
  };
}

function systemOpenblas(env, platform, arch) {
  if (platform === 'darwin') {
    const folders = homebrewFolders(env, 'openblas');
    return {
      includes: folders.map((folder) => path.join(folder, 'include')),
      libraries: folders.map((folder) => path.join(folder, 'lib/libopenblas.a')),
    };
  }
  // Not /usr/lib/<triplet>/libopenblas.a: that is whichever build `alternatives` points to, and the
  // engine has threads of its own, which those of a threaded build would fight.
  const triplet = DEBIAN_TRIPLETS[arch] ?? arch;
  return {
    includes: [`/usr/include/${triplet}/openblas-serial`],
    libraries: [`/usr/lib/${triplet}/openblas-serial/libopenblas.a`],
  };
}

/** What `brew --prefix <formula>` prints, without the wait for it. */
function homebrewFolders(env, formula) {
  const prefixes = env.HOMEBREW_PREFIX ? [env.HOMEBREW_PREFIX] : ['/opt/homebrew', '/usr/local'];
  return prefixes.map((prefix) => path.join(prefix, 'opt', formula));
}

const OPTIONS = {
  '--openblas-include': 'openblasInclude',
  '--openblas-lib': 'openblasLib',
  '--hwy-include': 'hwyInclude',
  '--doctest-include': 'doctestInclude',
};

function main(args) {
  const key = args.length === 1 ? OPTIONS[args[0]] : undefined;
  if (key === undefined) {
    console.error(`usage: node scripts/native-config.mjs ${Object.keys(OPTIONS).join(' | ')}`);
    return 2;
  }
  console.log(findNativePaths()[key]);
  return 0;
}

if (isMain(import.meta.url)) {
  process.exitCode = main(process.argv.slice(2));
}
