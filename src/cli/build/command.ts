import { copyFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { Command } from 'commander';
import { ChainruleError } from '../../error.js';
import { VERSION } from '../../version.js';
import type { CheckEnd } from '../doctor/facts.js';
import { runCheck } from '../doctor/run-check.js';
import { PACKAGE_FOLDER } from '../package-folder.js';
import { compile, SOURCES } from './compile.js';
import { findTools, type Tools } from './requirements.js';

/** In seconds. */
const LONGEST_CHECK = 60;

const EXAMPLES = `
For platforms that the package has no binary for. Needs a C++20 compiler, CMake, Highway's headers, and the
npm packages cmake-js and node-addon-api; says what is missing and how to get it. Takes a minute or two, and
runs what it has compiled before it puts it in place.

Examples:
  $ npx chainrule build                            # into the package, which finds it by itself
  $ npx chainrule build --out lib/chainrule.node   # if the package's folder is read-only
  $ CXX=clang++ npx chainrule build                # with another compiler`;

export function buildCommand(): Command {
  return new Command('build')
    .description('compile the native engine on this machine')
    .option('--out <file>', "where to put it (default: build/Release/chainrule.node in the package's folder)")
    .addHelpText('after', EXAMPLES)
    .action(build);
}

async function build({ out }: { out?: string }): Promise<void> {
  const target = resolve(out ?? join(PACKAGE_FOLDER, 'build', 'Release', 'chainrule.node'));
  const { npm } = requireTools();
  const staged = stage(target);
  const folder = mkdtempSync(join(tmpdir(), 'chainrule-build-'));
  const [workFolder, log] = [join(folder, 'work'), join(folder, 'build.log')];
  const tidy = (what: string) => {
    rmSync(what, { recursive: true, force: true });
    rmSync(staged, { force: true });
  };
  const interrupted = (_: NodeJS.Signals, number: number) => {
    tidy(folder);
    process.exit(128 + number);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.once(signal, interrupted);
  try {
    process.stderr.write(`Compiling chainrule ${VERSION}; the compiler's output goes to ${log}\n`);
    copyFileSync(await compile({ packageFolder: PACKAGE_FOLDER, ...npm, workFolder, log }), staged);
    const engine = await verify(staged);
    renameSync(staged, target);
    process.stdout.write(`${target}\n${engine}\n`);
    process.stderr.write(
      out === undefined
        ? "It is used from now on, instead of the package's own binary; to go back, delete it.\n"
        : `To use it, set CHAINRULE_ADDON=${target}\n`,
    );
    tidy(folder);
  } catch (error) {
    // The log stays, for reading it later.
    tidy(workFolder);
    throw error;
  } finally {
    for (const signal of signals) process.off(signal, interrupted);
  }
}

/** @throws {@link ChainruleError} ERR_BACKEND with everything that is missing and how to get it */
function requireTools(): Tools {
  const absent = SOURCES.filter((name) => !existsSync(join(PACKAGE_FOLDER, name)));
  if (absent.length > 0) {
    throw new ChainruleError(
      'ERR_BACKEND',
      `this package does not contain its sources: expected ${absent.join(', ')} in ${PACKAGE_FOLDER}; ` +
        'reinstall chainrule',
    );
  }
  const { tools, missing } = findTools(PACKAGE_FOLDER);
  if (tools !== null) return tools;
  throw new ChainruleError(
    'ERR_BACKEND',
    `to compile the native engine, this is missing: ${missing.what.join(', ')}. To get it:\n` +
      missing.install.map((line) => `  ${line}`).join('\n'),
  );
}

/** Makes an empty file next to `target`, to find out now, not minutes later, whether that is possible. */
function stage(target: string): string {
  const staged = join(dirname(target), `.chainrule-${process.pid}.node`);
  try {
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(staged, '');
    return staged;
  } catch (cause) {
    throw new ChainruleError(
      'ERR_FILE',
      `${dirname(target)} cannot be written to (${(cause as NodeJS.ErrnoException).code}); ` +
        'name another place with --out FILE',
      { cause },
    );
  }
}

const ENDED: Record<CheckEnd['how'], string> = {
  finished: 'it trains, but does not learn XOR',
  crashed: 'it crashes',
  timedOut: 'it hangs',
  exited: 'it ends the process',
  refused: 'the process that tries it could not be started',
};

/** Loads the addon and trains with it in a separate process. Returns the addon's description of itself. */
async function verify(path: string): Promise<string> {
  const { CHAINRULE_BACKEND: _, ...env } = process.env;
  const { found, failed, end } = await runCheck(['addon', 'engine', 'training'], {
    env: { ...env, CHAINRULE_ADDON: path },
    timeLimit: LONGEST_CHECK,
  });
  const { addon, training } = found;
  if (end.how === 'finished' && addon !== undefined && training?.accuracy === 1) {
    const products = addon.gemm === 'openblas' ? 'OpenBLAS' : "chainrule's own kernels";
    return `native engine, kernels for ${addon.simd}, products by ${products}, BLAS ${addon.blas}`;
  }
  const why =
    Object.values(failed)[0]?.message ?? [ENDED[end.how], end.signal, end.stderr].filter(Boolean).join(' ');
  throw new ChainruleError('ERR_BACKEND', `the compiled addon does not work here: ${why}`);
}
