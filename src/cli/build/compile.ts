/** Compiles the addon with cmake-js in a folder of its own: the package's may be read-only. */

import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { ChainruleError } from '../../error.js';

/** The parts of the package that are compiled, or read while compiling. */
export const SOURCES = ['native', 'scripts', 'CMakeLists.txt', 'package.json'];

const LONGEST_EXCERPT = 30;

export interface CompileOptions {
  packageFolder: string;
  /** Folders of these packages. */
  cmakeJs: string;
  nodeAddonApi: string;
  /** Empty, for sources, objects and the addon. */
  workFolder: string;
  /** Gets all output of the tools. */
  log: string;
}

/**
 * Returns the path of the addon.
 *
 * @throws {@link ChainruleError} ERR_BACKEND with what the compiler said
 */
export async function compile(options: CompileOptions): Promise<string> {
  const { packageFolder, cmakeJs, nodeAddonApi, workFolder, log } = options;
  const [source, out] = [join(workFolder, 'source'), join(workFolder, 'out')];
  for (const name of SOURCES) copy(join(packageFolder, name), join(source, name));
  leaveOutTests(source);
  // Where cmake-js looks for it.
  copy(nodeAddonApi, join(source, 'node_modules', 'node-addon-api'));
  const status = await run(
    [
      join(cmakeJs, 'bin', 'cmake-js'),
      // Not `compile`, which starts again after a failure and fails a second time.
      'build',
      ...['--directory', source, '--out', out, '--target', 'chainrule'],
      ...['--parallel', String(availableParallelism())],
      `--CDNODE_PROGRAM=${process.execPath}`,
    ],
    source,
    log,
  );
  if (status === 0) return join(out, 'Release', 'chainrule.node');
  const text = readFileSync(log, 'utf8');
  throw new ChainruleError(
    'ERR_BACKEND',
    `compiling failed; the whole output is in ${log}\n\n${excerptOf(text)}`,
  );
}

/** CMake checks every source in its list, and the package does not contain those of tests. */
function leaveOutTests(source: string): void {
  const file = join(source, 'native', 'sources.json');
  const { core, addon } = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, JSON.stringify({ core, addon, test: [], bench: [] }));
}

/**
 * Reads and writes the files instead of copying them with their modes: copies of a read-only package could
 * not be changed, and with Yarn's PnP a package is in an archive that compilers cannot read.
 */
function copy(from: string, to: string): void {
  if (!statSync(from).isDirectory()) {
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, readFileSync(from));
    return;
  }
  for (const name of readdirSync(from)) copy(join(from, name), join(to, name));
}

function run(args: string[], cwd: string, log: string): Promise<number> {
  const output = openSync(log, 'w');
  return new Promise<number>((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', output, output] });
    child.once('error', reject);
    child.once('close', (status) => resolve(status ?? 1));
  }).finally(() => closeSync(output));
}

/** The output from the first error on, or else its end; without cmake-js's own stack. */
export function excerptOf(text: string): string {
  const lines = text
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^(ERR!|ERROR OMG|info|not ok)/.test(line));
  const first = lines.findIndex((line) => /\b(fatal )?error\b/i.test(line));
  const shown = first === -1 ? lines.slice(-LONGEST_EXCERPT) : lines.slice(first, first + LONGEST_EXCERPT);
  return shown.join('\n');
}
