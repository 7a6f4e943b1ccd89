/** Where a native addon may lie, when nobody has named one. */

import { existsSync, readFileSync, realpathSync } from 'node:fs';
// Not { createRequire }, which webpack writes its own over, by which `resolve` returns a module's number.
import nodeModule from 'node:module';
import { dirname, join } from 'node:path';
import { moduleFolders, tracedPrebuilds } from '../here.js';

/** A file that may be the addon. */
export interface AddonFile {
  path: string;
  /** Whether it may be for another C library, so that its not loading says nothing. */
  isGuess: boolean;
}

/** What the search starts from. */
export interface Surroundings {
  /** The package's own folder; null where this code runs from a bundle. */
  root: string | null;
  /** Where a tracer of files has copied prebuilds/ to. */
  tracedPrebuilds: readonly string[];
  /** Folder of the running script. */
  script: string | null;
  /** Folders that this module may lie in. */
  modules: readonly string[];
  /** Folder of the executable, which for a single executable is the application's. */
  executable: string;
  workingFolder: string | null;
}

export function surroundings(): Surroundings {
  const modules = moduleFolders();
  const script = process.argv[1];
  return {
    root: modules.map(packageRoot).find((root) => root !== null) ?? null,
    tracedPrebuilds: tracedPrebuilds(),
    // Links in node_modules/.bin lead away from where the files lie.
    script: script === undefined ? null : orNull(() => dirname(realpathSync(script))),
    modules,
    executable: dirname(process.execPath),
    workingFolder: orNull(() => process.cwd()),
  };
}

/**
 * Where an addon may lie, the preferred first: the package's own build in build/Release and its prebuilt
 * binary. A bundle has lost the package, so there it may lie where a tracer has copied it, in the
 * node_modules/chainrule of the running script, beside script, bundle or executable, and in the
 * node_modules/chainrule of the working folder. That comes last: whoever runs a program in a folder of
 * somebody else's should get the program's own binary.
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

/** Those of the chainrule that code in `folder` would import. */
function* filesOfDependency(folder: string): Generator<AddonFile> {
  const requireFrom = () => nodeModule.createRequire(join(folder, 'noop.js'));
  const manifest = orNull(() => requireFrom().resolve('chainrule/package.json'));
  if (manifest !== null) yield* filesOfPackage(dirname(manifest));
  // A tracer that was told to take the binaries along leaves out the rest of a package that is in the bundle.
  else yield* prebuilt(join(folder, 'node_modules', 'chainrule', 'prebuilds'));
}

function* prebuilt(prebuilds: string): Generator<AddonFile> {
  const folder = unpacked(join(prebuilds, target()));
  if (!isThere(folder)) {
    // One line says it; a line for each of the names in it would not say more.
    yield certain(folder);
    return;
  }
  if (process.platform !== 'linux') {
    yield certain(join(folder, 'chainrule.node'));
    return;
  }
  const known = libc();
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
 * Where the system's loader finds a file of an Electron application: out of an archive it cannot load, so
 * that its builder puts libraries in a folder beside it.
 */
export function unpacked(path: string): string {
  const beside = path.replace(/\bapp\.asar(?=[\\/])/, 'app.asar.unpacked');
  return isThere(beside) ? beside : path;
}

/**
 * Which C library this Node runs on: an addon for the other does not load, or loads and crashes. Null where
 * the runtime does not tell, as Deno without --allow-sys.
 */
export function libc(): 'glibc' | 'musl' | null {
  try {
    const report = process.report as typeof process.report & { excludeNetwork?: boolean };
    const { excludeNetwork = false } = report;
    // With the network in it, the report looks up the name of every peer and can take seconds.
    report.excludeNetwork = true;
    const { header } = report.getReport() as unknown as { header: { glibcVersionRuntime?: string } };
    report.excludeNetwork = excludeNetwork;
    return header.glibcVersionRuntime === undefined ? 'musl' : 'glibc';
  } catch {
    return null;
  }
}

/** The folder of this package above `start`; null where there is none, as above a bundle. */
export function packageRoot(start: string): string | null {
  let folder = start;
  while (packageName(folder) !== 'chainrule') {
    if (folder === dirname(folder)) return null;
    folder = dirname(folder);
  }
  return folder;
}

function packageName(folder: string): unknown {
  // No such file, or another package's that is not ours to read.
  return orNull(() => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).name);
}

function isThere(path: string): boolean {
  // Under Node's permissions it throws where this process may not look.
  return orNull(() => existsSync(path)) ?? false;
}

function orNull<T>(find: () => T): T | null {
  try {
    return find();
  } catch {
    return null;
  }
}
