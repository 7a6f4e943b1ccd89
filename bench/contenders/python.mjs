/** Python for the peers that are written in it: an environment of their own, or Debian's. */

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { cacheFolder } from '../../scripts/prebuild/cache.mjs';

/** Debian's packages are for Debian's Python, which need not be the first on PATH. */
const SYSTEM = '/usr/bin/python3';

/** Folder of the environment, outside the repository: PyTorch takes gigabytes. */
export function peersFolder() {
  return path.join(cacheFolder(), 'bench-peers');
}

/** The environment's Python, whether or not it is there. */
export function environmentPython() {
  return path.join(peersFolder(), 'bin', 'python');
}

/** The Python that runs the peers. */
export function peersPython() {
  return existsSync(environmentPython()) ? environmentPython() : SYSTEM;
}

/** Whether it has a module. */
export function pythonHas(module) {
  try {
    const find = `import sys, importlib.util as u; sys.exit(u.find_spec('${module}') is None)`;
    execFileSync(peersPython(), ['-c', find], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
