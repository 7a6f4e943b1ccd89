/** An emulator of a CPU with AMX, Bochs, built once from Debian's source of it. */

import { createHash } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { unpackPackages } from '../../scripts/prebuild/apt.mjs';
import { cached } from '../../scripts/prebuild/cache.mjs';
import { fetchSource } from '../../scripts/prebuild/sources.mjs';
import { ROOT } from '../../scripts/process.mjs';
import { runOrThrow } from '../../scripts/run.mjs';

const SOURCE = {
  name: 'bochs',
  version: '3.0',
  debian: '3.0+dfsg-1',
  suite: 'trixie',
  archive: 'bochs_3.0+dfsg.orig.tar.xz',
  sha256: '78f6c73d4a6472d5130a87ab9dc306d02c7c71ed8e25b3a8ef642e2a7acd282b',
};

const PATCH = path.join(ROOT, 'test/amx/bochs-3.0.patch');

const CONFIGURE = [
  '--with-nogui --without-x --disable-docbook --disable-xpm --disable-debugger --disable-debugger-gui',
  '--enable-x86-64 --enable-cpu-level=6 --enable-smp --enable-fpu --enable-avx --enable-evex --enable-amx',
  '--enable-all-optimizations --disable-plugins --enable-pci',
  // It logs from a signal handler, which may wait for itself.
  '--disable-show-ips',
].flatMap((options) => options.split(' '));

/**
 * @typedef {object} Bochs
 * @property {string} version
 * @property {string} program
 * @property {string} bios
 * @property {string} vgaBios
 */

/** @returns {Promise<Bochs>} */
export async function findBochs() {
  const recipe = createHash('sha256').update(readFileSync(PATCH)).update(CONFIGURE.join(' '));
  const name = `bochs-${SOURCE.version}-${recipe.digest('hex').slice(0, 12)}`;
  const folder = await cached(name, async (unfinished) => {
    await buildBochs(path.join(unfinished, 'bochs'));
    await unpackPackages(SOURCE.suite, ['bochsbios', 'vgabios'], unfinished);
  });
  const share = path.join(folder, 'usr/share');
  return {
    version: SOURCE.version,
    program: path.join(folder, 'bochs'),
    bios: path.join(share, 'bochs/BIOS-bochs-latest'),
    vgaBios: path.join(share, 'vgabios/vgabios.bin'),
  };
}

/** @param {string} to */
async function buildBochs(to) {
  const { archive } = await fetchSource([SOURCE]);
  const folder = mkdtempSync(path.join(tmpdir(), 'chainrule-bochs-'));
  try {
    const options = { cwd: folder, env: { CFLAGS: '-O2', CXXFLAGS: '-O2' } };
    await runOrThrow('unpacking Bochs', 'tar', ['xf', archive, '--strip-components=1'], options);
    await runOrThrow('patching Bochs', 'patch', ['-p1', '-i', PATCH], options);
    await runOrThrow('configuring Bochs', './configure', CONFIGURE, options);
    await runOrThrow('building Bochs', 'make', ['-j2'], options);
    copyFileSync(path.join(folder, 'bochs'), to);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
