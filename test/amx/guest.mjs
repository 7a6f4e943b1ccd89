/** A guest for the emulator: Linux, a shell, the core's tests and what they need, on a disc that boots. */

import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { dependenciesOf, unpackPackages } from '../../scripts/prebuild/apt.mjs';
import { cached } from '../../scripts/prebuild/cache.mjs';
import { ROOT } from '../../scripts/process.mjs';
import { runOrThrow } from '../../scripts/run.mjs';

/** Debian's suite of the guest. Its Linux is 6.1; the emulator was tried with no other one. */
const SUITE = 'bookworm';
const LINUX = 'linux-image-cloud-amd64';

/**
 * Bochs says that it copies short strings fast but not that it copies strings fast, and Linux 6.1 then leaves out
 * the check of a length.
 */
const KERNEL_OPTIONS =
  'console=ttyS0,115200 rdinit=/init nokaslr mitigations=off nowatchdog random.trust_cpu=on clearcpuid=fsrm';

/** @returns {Promise<string>} a folder with boot/vmlinuz-* and bin/busybox */
async function findSystem() {
  return cached(`amx-guest-${SUITE}`, async (folder) => {
    const names = (await dependenciesOf(SUITE, LINUX)).filter((name) => name.startsWith('linux-image-'));
    await unpackPackages(SUITE, [...names, 'busybox-static'], folder);
  });
}

/**
 * Writes disc.iso into a folder.
 *
 * @param {string} folder
 * @param {string[][]} runs arguments of core_test, one run after another
 * @returns {Promise<string>} its path
 */
export async function makeDisc(folder, runs) {
  const system = await findSystem();
  const boot = path.join(folder, 'disc/boot');
  mkdirSync(path.join(boot, 'grub'), { recursive: true });
  const kernel = readdirSync(path.join(system, 'boot')).find((name) => name.startsWith('vmlinuz-'));
  if (kernel === undefined) throw new Error(`${system} has no Linux`);
  copyFileSync(path.join(system, 'boot', kernel), path.join(boot, 'vmlinuz'));
  await makeInitialFiles(system, path.join(folder, 'files'), path.join(boot, 'files.cpio'), runs);
  const menu = ['set timeout=0', `linux /boot/vmlinuz ${KERNEL_OPTIONS}`, 'initrd /boot/files.cpio', 'boot'];
  writeFileSync(path.join(boot, 'grub/grub.cfg'), `${menu.join('\n')}\n`);
  const disc = path.join(folder, 'disc.iso');
  await runOrThrow('making the disc', 'grub-mkrescue', ['-o', disc, path.join(folder, 'disc')]);
  return disc;
}

/** The guest's only file system. */
async function makeInitialFiles(system, folder, archive, runs) {
  for (const name of ['bin', 'proc', 'sys', 'dev', 'tmp']) {
    mkdirSync(path.join(folder, name), { recursive: true });
  }
  const busybox = ['bin/busybox', 'usr/bin/busybox'].map((name) => path.join(system, name));
  copyFileSync(busybox.find((file) => existsSync(file)) ?? busybox[0], path.join(folder, 'bin/busybox'));
  const program = path.join(ROOT, 'build/Release/core_test');
  copyFileSync(program, path.join(folder, 'bin/core_test'));
  for (const library of librariesOf(program)) {
    mkdirSync(path.join(folder, path.dirname(library)), { recursive: true });
    cpSync(library, path.join(folder, library), { dereference: true });
  }
  copyFileSync(path.join(ROOT, 'test/amx/init.sh'), path.join(folder, 'init'));
  chmodSync(path.join(folder, 'init'), 0o755);
  writeFileSync(path.join(folder, 'runs'), runs.map((args) => `${args.join(' ')}\n`).join(''));
  const pack = `find . | cpio --create --format=newc --owner=0:0 --quiet > '${archive}'`;
  await runOrThrow("packing the guest's files", 'sh', ['-c', pack], { cwd: folder });
}

/** @param {string} program */
function librariesOf(program) {
  const { stdout } = spawnSync('ldd', [program], { encoding: 'utf8' });
  return [...stdout.matchAll(/(\/\S+) \(0x/g)].map(([, file]) => file);
}
