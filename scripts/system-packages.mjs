/** What the native engine needs of the system, and the command that gets it. */

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import process from 'node:process';
import { findNativePaths } from './native-config.mjs';
import { findProgram } from './process.mjs';
import { runOrThrow } from './run.mjs';

/**
 * @typedef {object} Missing
 * @property {string} what its name, as a reader knows it
 * @property {string} [apt] Debian's package
 * @property {string} [brew] Homebrew's formula; Homebrew itself needs the tools without one
 * @property {boolean} [optional] only tests need it
 */

/** @returns {Missing[]} */
export function findMissing(env = process.env) {
  const { openblasLib, hwyInclude, doctestInclude } = findNativePaths({ env });
  // What the user has named is not ours to install.
  const named = (what, variable, packages) =>
    env[variable] ? { what: `${what} in ${variable}=${env[variable]}` } : { what, ...packages };
  const openblas = { apt: 'libopenblas-serial-dev', brew: 'openblas' };
  const highway = { apt: 'libhwy-dev', brew: 'highway' };
  const doctest = { apt: 'doctest-dev', brew: 'doctest' };
  // Counts of instructions are recorded for Linux on x64; tests elsewhere do not ask for it.
  const hasCounts = process.platform === 'linux' && process.arch === 'x64';
  // Ubuntu has it only as a snap: one package that apt does not know would keep it from installing the others.
  const hasBrowserPackage = existsSync('/etc/debian_version') && !existsSync('/etc/lsb-release');
  return [
    { found: openblasLib, ...named('OpenBLAS (static, single-threaded)', 'CHAINRULE_OPENBLAS', openblas) },
    { found: hwyInclude, ...named('Highway', 'CHAINRULE_HIGHWAY', highway) },
    { found: doctestInclude, what: 'doctest', ...doctest, optional: true },
    { found: !hasCounts || findProgram('valgrind', env), what: 'valgrind', apt: 'valgrind', optional: true },
    { found: findCompiler(env), what: 'a C++ compiler', apt: 'g++' },
    { found: findProgram('make', env), what: 'make', apt: 'make' },
    { found: findProgram('python3', env), what: 'Python 3', apt: 'python3' },
    {
      found: !hasBrowserPackage || findBrowser(env),
      what: 'a browser',
      apt: 'chromium',
      optional: true,
    },
  ].filter(({ found }) => !found);
}

/** The C++ compiler that node-gyp should use, or ''. */
export function findCompiler(env = process.env) {
  if (env.CXX) return env.CXX;
  return ['g++', 'c++', 'clang++'].find((name) => findProgram(name, env)) ?? '';
}

/** A browser of the family that tests can drive, or ''. */
export function findBrowser(env = process.env) {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  return names.map((name) => findProgram(name, env)).find((file) => file !== '') ?? '';
}

/**
 * What is missing, and the command that gets it.
 *
 * @param {Missing[]} missing
 */
export function hint(missing) {
  const command = installCommand(missing);
  return `missing: ${missing.map(({ what }) => what).join(', ')}${command && `; to get it: ${command}`}`;
}

/**
 * Installs what is missing where no password is needed for it.
 *
 * @param {Missing[]} missing
 * @throws {Error} with the command, where a person has to type it, or with what it printed, where it failed
 */
export async function install(missing) {
  if (missing.length === 0) return;
  const command = installCommand(missing);
  const asks = command.startsWith('sudo') && spawnSync('sudo', ['-n', 'true']).status !== 0;
  if (command === '' || asks) throw new Error(hint(missing));
  await runOrThrow(`running ${command}`, 'sh', ['-c', command], {
    env: { DEBIAN_FRONTEND: 'noninteractive' },
  });
}

/** The one command that gets all of it, or '' if there is no package manager that we know. */
function installCommand(missing) {
  const manager = process.platform === 'darwin' ? 'brew' : 'apt';
  const packages = missing.flatMap((each) => each[manager] ?? []).join(' ');
  if (packages === '') return '';
  if (manager === 'brew') return findProgram('brew') && `brew install ${packages}`;
  const aptGet = process.getuid?.() === 0 ? 'apt-get' : 'sudo apt-get';
  // A machine that has just started may be at its own updates.
  const patient = '-o DPkg::Lock::Timeout=120 --no-install-recommends -y';
  return findProgram('apt-get') && `${aptGet} update && ${aptGet} install ${patient} ${packages}`;
}
