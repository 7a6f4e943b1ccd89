/** OpenBLAS and Highway for prebuilds, made from their pinned sources. */

import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { findProgram } from '../process.mjs';
import { runOrThrow } from '../run.mjs';
import { install } from '../system-packages.mjs';
import { cached } from './cache.mjs';
import { fetchSource, SOURCES } from './sources.mjs';

/** Increase it with every change to how the sources below are built. */
const RECIPE = 1;

/** Single precision, one thread, no LAPACK: a tenth of what Debian's library adds to an addon. */
const OPENBLAS_OPTIONS = [
  ...['NOFORTRAN=1', 'NO_LAPACK=1', 'NO_LAPACKE=1', 'ONLY_CBLAS=1', 'BUILD_SINGLE=1', 'NO_SHARED=1'],
  ...['USE_THREAD=0', 'USE_LOCKING=1', 'USE_OPENMP=0', 'NUM_THREADS=64', 'NO_AFFINITY=1', 'DYNAMIC_ARCH=1'],
];

const OPENBLAS_TARGETS = {
  x64: ['TARGET=PRESCOTT', 'DYNAMIC_LIST=NEHALEM HASWELL ZEN SKYLAKEX SAPPHIRERAPIDS'],
  arm64: ['TARGET=ARMV8', 'DYNAMIC_LIST=NEOVERSEN1 NEOVERSEV1'],
};

/** For an architecture other than this machine's. */
const CROSS_COMPILERS = {
  x64: { prefix: 'x86_64-linux-gnu-', packages: ['gcc-x86-64-linux-gnu', 'libc6-dev-amd64-cross'] },
  arm64: { prefix: 'aarch64-linux-gnu-', packages: ['gcc-aarch64-linux-gnu', 'libc6-dev-arm64-cross'] },
};

/**
 * libopenblas.a for Linux, by GCC: zig does not know OpenBLAS's -march. The result needs no symbol newer than
 * glibc 2.17's and links with musl as well.
 *
 * @param {'x64' | 'arm64'} arch
 * @returns {Promise<string>} its prefix, as CHAINRULE_OPENBLAS names one
 */
export async function buildOpenblas(arch) {
  const { source, archive } = await fetchSource(SOURCES.openblas);
  const name = `openblas-${source.version}-${source.sha256.slice(0, 12)}-${arch}-${RECIPE}`;
  return cached(name, (prefix) =>
    unpacked(archive, async (folder) => {
      const options = [...OPENBLAS_OPTIONS, ...OPENBLAS_TARGETS[arch], ...(await compilers(arch))];
      const args = [`-j${availableParallelism()}`, 'libs', ...options];
      await runOrThrow(`building OpenBLAS ${source.version} for ${arch}`, 'make', args, { cwd: folder });
      mkdirSync(path.join(prefix, 'lib'));
      copyFileSync(path.join(folder, 'libopenblas.a'), path.join(prefix, 'lib/libopenblas.a'));
      copyFileSync(path.join(folder, 'LICENSE'), path.join(prefix, 'LICENSE'));
    }),
  );
}

async function compilers(arch) {
  if (arch === process.arch) return ['CC=gcc'];
  const { prefix, packages } = CROSS_COMPILERS[arch];
  if (!findProgram(`${prefix}gcc`)) await install(packages.map((apt) => ({ what: apt, apt })));
  return ['CROSS=1', 'HOSTCC=gcc', `CC=${prefix}gcc`, `AR=${prefix}ar`, `RANLIB=${prefix}ranlib`];
}

/**
 * A folder with hwy/ and nothing else: from a folder with the system's headers a cross compiler would use those.
 *
 * @returns {Promise<string>}
 */
export async function unpackHighway() {
  const { source, archive } = await fetchSource(SOURCES.highway);
  return cached(`highway-${source.version}-${source.sha256.slice(0, 12)}-${RECIPE}`, (unfinished) =>
    unpacked(archive, async (folder) => {
      cpSync(path.join(folder, 'hwy'), path.join(unfinished, 'hwy'), { recursive: true });
      copyFileSync(path.join(folder, 'LICENSE-BSD3'), path.join(unfinished, 'LICENSE'));
      forgetEvex512(path.join(unfinished, 'hwy/ops/set_macros-inl.h'));
    }),
  );
}

/** Clang 22 no longer knows the feature "evex512", and ignores the whole list that contains it. */
function forgetEvex512(file) {
  const feature = '",evex512"';
  const text = readFileSync(file, 'utf8');
  if (!text.includes(feature))
    throw new Error(`${file} does not have ${feature} any more: is it still needed?`);
  writeFileSync(file, text.replace(feature, '""'));
}

async function unpacked(archive, use) {
  const folder = mkdtempSync(path.join(tmpdir(), 'chainrule-source-'));
  try {
    await runOrThrow(`unpacking ${path.basename(archive)}`, 'tar', [
      ...['xf', archive, '-C', folder, '--strip-components=1'],
    ]);
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
