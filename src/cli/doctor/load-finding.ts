/** Why no addon loads, and what mends it. */

import type { Facts, Failure, Finding } from './facts.js';

interface Diagnosis {
  message: string;
  remedies: string[];
}

const BUILD = 'Run `npx chainrule build`, which compiles the addon on this machine.';

/** Systems that packages of chainrule have a binary for. */
const PREBUILT = ['linux-x64', 'linux-arm64', 'win32-x64', 'darwin-x64', 'darwin-arm64'];

export function loadFinding(facts: Facts, failure: Failure, severity: Finding['severity']): Finding {
  const { message, remedies } = diagnose(facts, failure);
  const reference =
    facts.engine.name === 'reference' && severity === 'problem'
      ? ' The reference engine, which is many times slower, trains in its place.'
      : '';
  return { severity, message: message + reference, remedies };
}

/** The first cause that fits, the user's own settings before what is wrong with the file. */
function diagnose(facts: Facts, failure: Failure): Diagnosis {
  return (
    addonsForbidden(facts, failure) ??
    wrongInstructionSet(facts, failure) ??
    wrongOwnAddon(facts, failure) ??
    nothingThere(facts, failure) ??
    oldLibrary(facts, failure) ??
    unfitFile(facts, failure)
  );
}

function addonsForbidden({ runtime }: Facts, { code, message }: Failure): Diagnosis | null {
  const flagged = (flag: string) => runtime.flags.some((given) => given.split('=')[0] === flag);
  const refused = code === 'ERR_DLOPEN_DISABLED' || /loading addons is disabled/i.test(message);
  if (flagged('--no-addons')) {
    return {
      message: 'The native addon may not be loaded: node was started with --no-addons.',
      remedies: ['Start node without --no-addons; look in NODE_OPTIONS too.'],
    };
  }
  if (flagged('--permission') || flagged('--experimental-permission')) {
    return {
      message: "The native addon may not be loaded: Node's permission model does not allow it.",
      remedies: ['Start node with --allow-addons, and --allow-fs-read for the folder of chainrule.'],
    };
  }
  if (!refused) return null;
  return { message: 'The native addon may not be loaded: this runtime has addons disabled.', remedies: [] };
}

function wrongInstructionSet(facts: Facts, { message }: Failure): Diagnosis | null {
  const value = valueIn(facts, 'CHAINRULE_SIMD');
  const said = message.match(/CHAINRULE_SIMD: .*/)?.[0];
  if (value === undefined || said === undefined) return null;
  return {
    message: `The native engine has no kernels for CHAINRULE_SIMD=${value} here (${said.replace(/\.$/, '')}).`,
    remedies: ['Unset CHAINRULE_SIMD: the best kernels for this CPU are chosen by themselves.'],
  };
}

function wrongOwnAddon(facts: Facts, failure: Failure): Diagnosis | null {
  const value = valueIn(facts, 'CHAINRULE_ADDON');
  if (value === undefined) return null;
  const { path, problem } = failure.attempts.at(-1) ?? { path: value, problem: failure.message };
  const missing = isAbsence(problem);
  return {
    message: missing
      ? `CHAINRULE_ADDON names a file that is not there: ${path}.`
      : `CHAINRULE_ADDON names a file that is no addon for this platform: ${path} (${firstLine(problem)}).`,
    remedies: [
      'Unset CHAINRULE_ADDON to use the addon that belongs to this package.',
      `Or set it to the path of a chainrule.node for ${describe(facts)}.`,
    ],
  };
}

function nothingThere(facts: Facts, { attempts, message }: Failure): Diagnosis | null {
  const absent =
    attempts.length > 0 ? attempts.every(({ problem }) => isAbsence(problem)) : isAbsence(message);
  if (!absent) return null;
  const { platform, arch } = facts.system;
  if (!PREBUILT.includes(`${platform}-${arch}`)) {
    return { message: `The package has no native addon for ${describe(facts)}.`, remedies: [BUILD] };
  }
  return {
    message: `The native addon for ${describe(facts)} is not in the package's folder, ${facts.chainrule.folder}.`,
    remedies: [
      'Reinstall chainrule on this machine: copied folders and pruned images may lack it.',
      BUILD,
      'In a clone of the repository run `npm run build:native`.',
    ],
  };
}

function oldLibrary(facts: Facts, failure: Failure): Diagnosis | null {
  const text = lastProblem(failure);
  const wanted = text.match(/(GLIBC|GLIBCXX|CXXABI)_[\d.]+/)?.[0];
  if (wanted !== undefined) {
    const have = facts.system.libc === null ? '' : `, which has ${facts.system.libc}`;
    return {
      message: `The native addon needs ${wanted}, newer than this system's${have}.`,
      remedies: [BUILD, 'Or update the system, or choose a newer base image.'],
    };
  }
  const library = text.match(/(\S+\.(?:so|dylib|dll)\S*): cannot open shared object/)?.[1];
  if (library === undefined) return null;
  return { message: `The native addon needs ${library}, which is not installed.`, remedies: [BUILD] };
}

function unfitFile(facts: Facts, failure: Failure): Diagnosis {
  const { path } = failure.attempts.at(-1) ?? { path: null };
  const problem = firstLine(lastProblem(failure));
  return {
    message: `The native addon does not load on ${describe(facts)}: ${path ?? ''}${path ? ' ' : ''}(${problem}).`,
    remedies: [
      'Reinstall chainrule on this machine: a file copied from another system, or cut short, does not load.',
      BUILD,
    ],
  };
}

function isAbsence(problem: string): boolean {
  return /not found|no such file|ENOENT/i.test(problem);
}

function lastProblem({ attempts, message }: Failure): string {
  return attempts.at(-1)?.problem ?? message;
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0].replace(/\.$/, '');
}

function valueIn({ variables }: Facts, wanted: string): string | undefined {
  return variables.find(({ name }) => name === wanted)?.value;
}

function describe({ system: { platform, arch, libc } }: Facts): string {
  return `${platform}-${arch}${libc === null ? '' : ` with ${libc}`}`;
}
