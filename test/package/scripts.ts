/** The parts of the project's own scripts, plain JavaScript, that these tests use. */

interface Target {
  name: string;
  platform: string;
  arch: string;
  libc: 'glibc' | 'musl' | null;
  /** Relative to the package. */
  file: string;
  mostBytes: number;
}

const load = (name: string) => import(new URL(`../../scripts/${name}`, import.meta.url).href);

export const { ROOT }: { ROOT: string } = await load('process.mjs');
export const { findProgram }: { findProgram(name: string): string } = await load('process.mjs');
export const { TARGETS, hostTarget }: { TARGETS: readonly Target[]; hostTarget(): Target | undefined } =
  await load('prebuild/targets.mjs');
export const { cached }: { cached(name: string, make: (folder: string) => Promise<void>): Promise<string> } =
  await load('prebuild/cache.mjs');
export const { debianMirror }: { debianMirror(): { uri: string; keyring: string } } =
  await load('prebuild/apt.mjs');
