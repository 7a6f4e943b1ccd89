/** Why no addon loads, and how to fix it. */

import type { Facts, Failure, Finding } from './facts.js';

interface Diagnosis {
  message: string;
  remedies: string[];
}

const BUILD = 'Run `npx chainrule build`, which compiles the addon on this machine.';

/** The loader's messages for a missing file. */
const ABSENT = 'not found';

/** Systems that packages of chainrule have a binary for. */
const PREBUILT = ['linux-x64', 'linux-arm64', 'win32-x64', 'darwin-x64', 'darwin-arm64'];

export function loadFinding(facts: Facts, failure: Failure, severity: Finding['severity']): Finding {
  const { message, remedies } = diagnose(facts, failure);
  return { severity, message: severity === 'problem' ? message + consequence(facts) : message, remedies };
}

function consequence({ engine }: Facts): string {
  if (engine.name === 'reference') {
    return ' The reference engine, which is many times slower, trains instead.';
  }
  return engine.failure === null ? '' : ' Until that is fixed, making a network throws.';
}

/** The first cause that matches; the user's settings come before faults of the file. */
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

function addonsForbidden({ runtime }: Facts, { causeCode }: Failure): Diagnosis | null {
  if (causeCode !== 'ERR_DLOPEN_DISABLED') return null;
  const started = (flag: RegExp) => runtime.flags.some((given) => flag.test(given));
  if (started(/^--no-addons$/)) {
    return {
      message: 'The native addon may not be loaded: node was started with --no-addons.',
      remedies: ['Start node without --no-addons; look in NODE_OPTIONS, too.'],
    };
  }
  if (started(/^--(experimental-)?permission$/)) {
    return {
      message: "The native addon may not be loaded: Node's permission model does not allow it.",
      remedies: ['Start node with --allow-addons.'],
    };
  }
  return {
    message: 'The native addon may not be loaded: addons are disabled in this process.',
    remedies: [],
  };
}

function wrongInstructionSet(facts: Facts, failure: Failure): Diagnosis | null {
  if (failure.demand !== 'CHAINRULE_SIMD') return null;
  const problem = firstLine(lastProblem(failure)).replace(/^CHAINRULE_SIMD: /, '');
  return {
    message: `There are no kernels for CHAINRULE_SIMD=${valueIn(facts, 'CHAINRULE_SIMD')}: ${problem}.`,
    remedies: ['Unset CHAINRULE_SIMD: chainrule then chooses the best kernels for this CPU.'],
  };
}

function wrongOwnAddon(facts: Facts, failure: Failure): Diagnosis | null {
  const { path, problem } = failure.attempts[0] ?? {};
  if (failure.demand !== 'CHAINRULE_ADDON' || path === undefined) return null;
  const message =
    problem === ABSENT
      ? `CHAINRULE_ADDON names a file that is not there: ${path}.`
      : `CHAINRULE_ADDON names a file that cannot be used: ${firstLine(lastProblem(failure))} (${path}).`;
  return {
    message,
    remedies: [
      'Unset CHAINRULE_ADDON to use the addon that belongs to this package.',
      `Or set it to the path of a chainrule.node for ${describe(facts)}, chainrule ${facts.chainrule.version}.`,
    ],
  };
}

function nothingThere(facts: Facts, { attempts }: Failure): Diagnosis | null {
  if (attempts.some(({ problem }) => problem !== ABSENT)) return null;
  const { platform, arch } = facts.system;
  if (!PREBUILT.includes(`${platform}-${arch}`)) {
    return { message: `The package has no native addon for ${describe(facts)}.`, remedies: [BUILD] };
  }
  return {
    message: `The native addon for ${describe(facts)} is not in the package's folder, ${facts.chainrule.folder}.`,
    remedies: facts.chainrule.folder.includes('node_modules')
      ? ['Reinstall chainrule on this machine: copied folders and pruned images may lack it.', BUILD]
      : ['Run `npm run build:native`, since this is a clone of the repository.'],
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
  const path = failure.attempts.at(-1)?.path;
  return {
    message:
      `The native addon cannot be used on ${describe(facts)}: ${firstLine(lastProblem(failure))}` +
      `${path === undefined ? '' : ` (${path})`}.`,
    remedies: [
      'Reinstall chainrule on this machine: a file that was copied from another system, truncated, or left ' +
        'by another version does not load.',
      BUILD,
    ],
  };
}

/** Without the path in front of it, which dlopen's messages begin with. */
function lastProblem({ attempts, message }: Failure): string {
  const { path, problem } = attempts.at(-1) ?? { path: '', problem: message };
  return problem.startsWith(`${path}: `) ? problem.slice(path.length + 2) : problem;
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
