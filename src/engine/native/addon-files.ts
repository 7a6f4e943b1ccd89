/** Where to look for a native addon if none has been named. */

import { existsSync, readFileSync, realpathSync } from 'node:fs';
// Not { createRequire }: webpack replaces that by its own, whose `resolve` returns a module's number.
import nodeModule from 'node:module';
import { dirname, join } from 'node:path';
import { moduleFolders, tracedPrebuilds } from '../here.js';
import { libc } from './libc.js';

/** A file that may be the addon. */
export interface AddonFile {
  path: string;
  /** Whether it may be for another C library, so that its failure to load means nothing. */
  isGuess: boolean;
}

/** Where the search starts. */
export interface Surroundings {
  /** The package's own folder; null if this code runs from a bundle. */
  root: string | null;
  /** Where a file tracer has copied prebuilds/. */
  tracedPrebuilds: readonly string[];
  /** Folder of the running script. */
  script: string | null;
  /** Folders that this module may be in. */
  modules: readonly string[];
  /** Folder of the executable; for a single executable, the application's. */
  executable: string;
  workingFolder: string | null;
}

export function surroundings(): Surroundings {
  const modules = moduleFolders();
  const script = process.argv[1];
  return {
    root: modules.map(packageRoot).find((root) => root !== null) ?? null,
    tracedPrebuilds: tracedPrebuilds(),
    // Resolves links such as those in node_modules/.bin, to get to where the files are.
    script: script === undefined ? null : orNull(() => dirname(realpathSync(script))),
    modules,
    executable: dirname(process.execPath),
    workingFolder: orNull(() => process.cwd()),
  };
}

/**
 * Where an addon may be, preferred first: the package's own build in build/Release, and its prebuilt binary.
 * A bundle is separate from the package, so for a bundle: where a tracer has copied it, in the running
 * script's node_modules/chainrule, next to the script, bundle or executable, and in the working folder's
 * node_modules/chainrule. That comes last, because a program that runs in somebody else's folder should get
 * its own binary.
 */
export function* addonFiles(from: Surroundings): Generator<AddonFile> {
  const seen = new Set<string>();
  for (const file of from.root === null ? filesForBundle(from) : filesOfPackage(from.root)) {
    if (!seen.has(file.path)) yield file;
    seen.add(file.path);
  }
}

function* filesOfPackage(root: string): Generator<AddonFile> {
  yield certain(join(root, 'build', 'Release', 'chainrule.node'));
  yield* prebuilt(join(root, 'prebuilds'));
}

function* filesForBundle(from: Surroundings): Generator<AddonFile> {
  const { tracedPrebuilds, script, modules, executable, workingFolder } = from;
  for (const folder of tracedPrebuilds) yield* prebuilt(folder);
  if (script !== null) yield* filesOfDependency(script);
  for (const folder of [...(script === null ? [] : [script]), ...modules, executable]) {
    yield* prebuilt(join(folder, 'prebuilds'));
    yield certain(join(folder, 'chainrule.node'));
  }
  if (workingFolder !== null) yield* filesOfDependency(workingFolder);
}

/** The addon files of the chainrule that code in `folder` would import. */
function* filesOfDependency(folder: string): Generator<AddonFile> {
  const requireFrom = () => nodeModule.createRequire(join(folder, 'noop.js'));
  const manifest = orNull(() => requireFrom().resolve('chainrule/package.json'));
  if (manifest !== null) yield* filesOfPackage(dirname(manifest));
  // A tracer that was told to include the binaries omits the rest of the package, which is in the bundle.
  else yield* prebuilt(join(folder, 'node_modules', 'chainrule', 'prebuilds'));
}

function* prebuilt(prebuilds: string): Generator<AddonFile> {
  const folder = unpacked(join(prebuilds, target()));
  if (!isThere(folder)) {
    // One line is enough; a line for each name in the folder would say no more.
    yield certain(folder);
    return;
  }
  if (process.platform !== 'linux') {
    yield certain(join(folder, 'chainrule.node'));
    return;
  }
  // An addon for the other C library does not load, or loads and crashes.
  const known = libc()?.name ?? null;
  for (const name of known === null ? ['glibc', 'musl'] : [known]) {
    yield { path: join(folder, `chainrule.${name}.node`), isGuess: known === null };
  }
}

function certain(path: string): AddonFile {
  return { path, isGuess: false };
}

/** The name of this platform's folder in prebuilds/. */
export function target(): string {
  return `${process.platform}-${process.arch}`;
}

/**
 * Where the system's loader finds a file of an Electron application: it cannot load from an archive, so the
 * application's builder puts libraries in a folder next to the archive.
 */
export function unpacked(path: string): string {
  const beside = path.replace(/\bapp\.asar(?=[\\/])/, 'app.asar.unpacked');
  return isThere(beside) ? beside : path;
}

/** The folder of this package above `start`; null if there is none, as above a bundle. */
export function packageRoot(start: string): string | null {
  let folder = start;
  while (packageName(folder) !== 'chainrule') {
    if (folder === dirname(folder)) return null;
    folder = dirname(folder);
  }
  return folder;
}

function packageName(folder: string): unknown {
  // There may be no such file, or one of another package that we may not read.
  return orNull(() => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).name);
}

function isThere(path: string): boolean {
  // With Node's permission model it throws for paths that this process may not read.
  return orNull(() => existsSync(path)) ?? false;
}

function orNull<T>(find: () => T): T | null {
  try {
    return find();
  } catch {
    return null;
  }
}
