/** What the native engine needs from the system, and how to get it by apt-get or Homebrew. */

import path from 'node:path';
import process from 'node:process';
import { findNativePaths } from './native-config.mjs';
import { findProgram, ROOT, run } from './process.mjs';

/**
 * @typedef {object} Requirement
 * @property {string} what its name, for readers
 * @property {string} apt Debian's package
 * @property {string} [brew] Homebrew's formula; tools without one come with Apple's command line tools
 * @property {boolean} [optional] only tests need it
 * @property {string} [override] environment variable that names the user's own
 * @property {(env: NodeJS.ProcessEnv) => string} find where it is, or ''
 */

/** @type {Requirement[]} */
export const REQUIREMENTS = [
  {
    what: 'OpenBLAS (static, single-threaded)',
    apt: 'libopenblas-serial-dev',
    brew: 'openblas',
    override: 'CHAINRULE_OPENBLAS',
    find: (env) => findNativePaths({ env }).openblasLib,
  },
  { what: 'Highway', apt: 'libhwy-dev', brew: 'highway', find: (env) => findNativePaths({ env }).hwyInclude },
  {
    what: 'doctest',
    apt: 'doctest-dev',
    brew: 'doctest',
    optional: true,
    find: (env) => findNativePaths({ env }).doctestInclude,
  },
  {
    what: 'valgrind',
    apt: 'valgrind',
    optional: true,
    // Counts of instructions are recorded for Linux on x64; other systems' tests do not need it.
    find: (env) =>
      process.platform === 'linux' && process.arch === 'x64' ? findProgram('valgrind', env) : 'not needed',
  },
  { what: 'a C++ compiler', apt: 'g++', find: findCompiler },
  { what: 'make', apt: 'make', find: (env) => findProgram('make', env) },
  { what: 'Python 3', apt: 'python3', find: (env) => findProgram('python3', env) },
];

/** The C++ compiler that node-gyp should use, or ''. */
export function findCompiler(env = process.env) {
  if (env.CXX) return env.CXX;
  return ['g++', 'c++', 'clang++'].find((name) => findProgram(name, env)) ?? '';
}

/** @returns {Requirement[]} */
export function findMissing(env = process.env) {
  return REQUIREMENTS.filter((requirement) => requirement.find(env) === '');
}

/**
 * @typedef {object} InstallPlan
 * @property {string} manager 'apt-get' or 'brew'
 * @property {string[]} packages
 * @property {string} command the one command that a person would type
 */

/**
 * How to get what is missing; null if nothing is, or if this machine's package manager is not a known one.
 *
 * @param {Requirement[]} missing
 * @param {object} [machine]
 * @param {string} [machine.platform]
 * @param {boolean} [machine.root] whether this is the superuser
 * @param {(program: string) => boolean} [machine.has]
 * @returns {InstallPlan | null}
 */
export function planInstall(
  missing,
  {
    platform = process.platform,
    root = process.getuid?.() === 0,
    has = (program) => findProgram(program) !== '',
  } = {},
) {
  if (missing.length === 0) return null;
  if (platform === 'linux' && has('apt-get')) {
    const packages = missing.map(({ apt }) => apt);
    const sudo = root ? '' : 'sudo ';
    const install = `${sudo}apt-get install -y --no-install-recommends ${packages.join(' ')}`;
    return { manager: 'apt-get', packages, command: `${sudo}apt-get update && ${install}` };
  }
  if (platform === 'darwin') {
    const packages = missing.flatMap(({ brew }) => brew ?? []);
    if (packages.length < missing.length) {
      return { manager: 'xcode-select', packages: [], command: 'xcode-select --install' };
    }
    if (has('brew')) {
      return { manager: 'brew', packages, command: `brew install ${packages.join(' ')}` };
    }
  }
  return null;
}

/**
 * True if the plan can be carried out without a password or a click.
 *
 * @param {InstallPlan} plan
 * @param {(program: string, args: string[]) => Promise<number>} run
 */
export async function mayInstall(plan, run) {
  if (plan.manager === 'brew') return true;
  if (plan.manager !== 'apt-get') return false;
  return (
    process.getuid?.() === 0 || (findProgram('sudo') !== '' && (await run('sudo', ['-n', 'true'])) === 0)
  );
}

/**
 * Carries the plan out.
 *
 * @param {InstallPlan} plan
 * @param {(program: string, args: string[]) => Promise<number>} run
 * @returns {Promise<boolean>} whether the package manager succeeded
 */
export async function install({ manager, packages }, run) {
  if (manager === 'brew') return (await run('brew', ['install', ...packages])) === 0;

  const aptGet = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-o', 'DPkg::Lock::Timeout=120'];
  const asRoot = ([program, ...args]) =>
    process.getuid?.() === 0 ? run(program, args) : run('sudo', ['-n', program, ...args]);
  const installAll = () => asRoot([...aptGet, 'install', '-y', '--no-install-recommends', ...packages]);

  // Package lists may be absent, as in a fresh container, or name files that no longer exist.
  const known = (await run('apt-get', ['install', '--dry-run', ...packages])) === 0;
  if (known && (await installAll()) === 0) return true;
  await asRoot([...aptGet, 'update']);
  return (await installAll()) === 0;
}

/**
 * Installs those that are missing if no password is needed, and says so.
 *
 * @param {Requirement[]} requirements
 * @param {string} [log] file that gets the package manager's output
 * @throws {Error} with the command that gets them if they cannot be installed
 */
export async function ensureInstalled(requirements, log = path.join(ROOT, 'build/system-packages.log')) {
  const missing = requirements.filter((requirement) => requirement.find(process.env) === '');
  if (missing.length === 0) return;
  const plan = planInstall(missing);
  const runQuietly = (program, args) => run(program, args, { cwd: ROOT, log });
  if (plan !== null && plan.packages.length > 0 && (await mayInstall(plan, runQuietly))) {
    process.stderr.write(`installing ${plan.packages.join(' ')} (${plan.manager}) ...\n`);
    if (await install(plan, runQuietly)) return;
  }
  const names = missing.map(({ what }) => what).join(', ');
  throw new Error(`missing: ${names}${plan === null ? '' : `; to get it: ${plan.command}`}`);
}
