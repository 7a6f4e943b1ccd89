import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, toNamespacedPath } from 'node:path';
import { fileURLToPath } from 'node:url';

import { ChainruleError } from '../error.js';

/** A native addon and where it came from. */
export interface LoadedAddon {
  /** What the addon exports. */
  addon: unknown;
  /** Where it lay: relative to the package where it lies within. */
  path: string;
}

/**
 * Loads the first addon there is: the build in build/Release, then the prebuilt one for this platform,
 * architecture and C library; or the one that the environment variable CHAINRULE_ADDON names, and no other. One
 * that is there but does not load ends the search, since a fault in it should be seen and not be covered by
 * another.
 *
 * @throws {@link ChainruleError} ERR_BACKEND with what was tried and what came of it, a line each
 */
export function loadAddon(): LoadedAddon {
  const root = packageRoot(dirname(fileURLToPath(import.meta.url)));
  const tried: string[] = [];
  for (const file of addonFiles(root)) {
    const path = relative(root, file).startsWith('..') ? file : relative(root, file);
    if (!existsSync(file)) {
      tried.push(`${path}: not found`);
      continue;
    }
    try {
      // Not require(), which would run a file of another kind as a script.
      const target = { exports: {} };
      process.dlopen(target, toNamespacedPath(file));
      return { addon: target.exports, path };
    } catch (cause) {
      tried.push(`${path}: ${cause instanceof Error ? cause.message : String(cause)}`);
      throw failure(tried, cause);
    }
  }
  throw failure(tried, undefined);
}

function failure(tried: string[], cause: unknown): ChainruleError {
  const lines = tried.map((line) => `\n  ${line}`).join('');
  return new ChainruleError('ERR_BACKEND', `no native addon could be loaded; tried:${lines}`, { cause });
}

/** Where an addon may lie, in the order of preference, for a package in the folder `root`. */
export function* addonFiles(root: string): Generator<string> {
  const chosen = process.env.CHAINRULE_ADDON;
  if (chosen) {
    yield resolve(chosen);
    return;
  }
  yield join(root, 'build', 'Release', 'chainrule.node');
  const prebuilds = join(root, 'prebuilds', `${process.platform}-${process.arch}`);
  if (!existsSync(prebuilds)) {
    // One line says it; a line for each of the names in it would not say more.
    yield prebuilds;
    return;
  }
  const tags = process.platform === 'linux' ? [`.${libc()}`, ''] : [''];
  for (const name of ['chainrule', 'node.napi']) {
    for (const tag of tags) yield join(prebuilds, `${name}${tag}.node`);
  }
}

/** Which C library this Node runs on: an addon for the other does not load, or loads and crashes. */
function libc(): 'glibc' | 'musl' {
  const report = process.report as typeof process.report & { excludeNetwork?: boolean };
  const { excludeNetwork = false } = report;
  // With the network in it, the report looks up the name of every peer and can take seconds.
  report.excludeNetwork = true;
  const { header } = report.getReport() as unknown as { header: { glibcVersionRuntime?: string } };
  report.excludeNetwork = excludeNetwork;
  return header.glibcVersionRuntime === undefined ? 'musl' : 'glibc';
}

/** The folder of this package, seen from src/, from dist/, or from wherever a bundler has put this. */
function packageRoot(start: string): string {
  let folder = start;
  while (packageName(folder) !== 'chainrule') {
    if (folder === dirname(folder)) return start;
    folder = dirname(folder);
  }
  return folder;
}

function packageName(folder: string): unknown {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).name;
  } catch {
    // No such file, or another package's that is not ours to read.
    return undefined;
  }
}
