/** The prebuilds: one addon for each platform, architecture and C library that Node services run on. */

/**
 * @typedef {object} Target
 * @property {string} name
 * @property {'linux' | 'win32' | 'darwin'} platform as process.platform
 * @property {'x64' | 'arm64'} arch as process.arch
 * @property {'glibc' | 'musl' | null} libc
 * @property {string} zig zig's name for it, with the oldest system on which the addon must load
 * @property {boolean} openblas whether OpenBLAS is linked in
 * @property {string} file relative to the package; prebuildify's name, which the loader looks for
 * @property {number} mostBytes the most bytes that the addon may have
 */

const MB = 1e6;

function target(name, zig, { openblas, mostBytes }) {
  const [platform, arch, libc = null] = name.split('-');
  const file = `prebuilds/${platform}-${arch}/chainrule${libc === null ? '' : `.${libc}`}.node`;
  return { name, platform, arch, libc, zig, openblas, file, mostBytes };
}

const WITH_OPENBLAS = { openblas: true, mostBytes: 5 * MB };
// On these systems OpenBLAS would use its own allocator, and our kernels have vectors on all of them.
const WITHOUT = { openblas: false, mostBytes: 1.5 * MB };

/** @type {readonly Target[]} */
export const TARGETS = [
  target('linux-x64-glibc', 'x86_64-linux-gnu.2.17', WITH_OPENBLAS),
  target('linux-x64-musl', 'x86_64-linux-musl', WITH_OPENBLAS),
  target('linux-arm64-glibc', 'aarch64-linux-gnu.2.17', WITH_OPENBLAS),
  target('linux-arm64-musl', 'aarch64-linux-musl', WITH_OPENBLAS),
  target('win32-x64', 'x86_64-windows-gnu', WITHOUT),
  target('darwin-arm64', 'aarch64-macos.12.0', WITHOUT),
  target('darwin-x64', 'x86_64-macos.12.0', WITHOUT),
];

/** The target that this Node runs on, or undefined. */
export function hostTarget() {
  const header = process.platform === 'linux' ? process.report.getReport().header : {};
  const libc = process.platform === 'linux' ? (header.glibcVersionRuntime ? 'glibc' : 'musl') : null;
  return TARGETS.find(
    (each) => each.platform === process.platform && each.arch === process.arch && each.libc === libc,
  );
}
