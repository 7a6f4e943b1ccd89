/**
 * zig, the compiler of all prebuilds: one Clang for every target, with the C libraries of all of them. So one
 * seed gives the same bits in every prebuild, and none needs anything newer than glibc 2.17.
 */

import path from 'node:path';
import process from 'node:process';
import { cached, cacheFolder } from './cache.mjs';
import { pipInstall } from './pip.mjs';

export const ZIG_VERSION = '0.17.1';

/** Hashes of PyPI's wheels of ziglang for Linux, by process.arch. */
const WHEEL_SHA256 = {
  x64: 'ea6cc5d87b033cf0aedfbc8f9549a908cae6c50ac31f1698188fa48a74524b54',
  arm64: 'b7c5f02fccd40f89b999ee16a1f5ddced56e6182370f8affe494bcf8a28cf07e',
};

/** @returns {Promise<string>} path of the program */
export async function findZig() {
  if (process.env.CHAINRULE_ZIG) return path.resolve(process.env.CHAINRULE_ZIG);
  const hash = process.platform === 'linux' ? WHEEL_SHA256[process.arch] : undefined;
  if (hash === undefined) {
    throw new Error(
      `zig ${ZIG_VERSION} is pinned for Linux on x64 and arm64; elsewhere CHAINRULE_ZIG names the program`,
    );
  }
  const folder = await cached(`zig-${ZIG_VERSION}-${process.arch}`, (unfinished) =>
    pipInstall(unfinished, 'ziglang', ZIG_VERSION, [hash]),
  );
  return path.join(folder, 'ziglang', 'zig');
}

/** zig keeps the C libraries that it compiles for a target here: a minute or more for each. */
export function zigEnvironment() {
  return { ZIG_GLOBAL_CACHE_DIR: path.join(cacheFolder(), 'zig-cache') };
}
