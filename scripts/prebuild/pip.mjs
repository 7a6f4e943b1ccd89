/** Packages from PyPI in separate folders, each checked against pinned hashes. */

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { runOrThrow } from '../run.mjs';
import { install } from '../system-packages.mjs';

/**
 * @param {string} folder to install to
 * @param {string} name
 * @param {string} version
 * @param {readonly string[]} hashes SHA-256 of the wheels that may be used
 */
export async function pipInstall(folder, name, version, hashes) {
  if (!hasPip()) await install([{ what: 'pip', apt: 'python3-pip' }]);
  const requirements = path.join(folder, 'requirements.txt');
  const pinned = hashes.map((hash) => `--hash=sha256:${hash}`).join(' ');
  writeFileSync(requirements, `${name}==${version} ${pinned}\n`);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps'];
  await runOrThrow(`fetching ${name} ${version}`, 'python3', [
    ...[...pip, '--only-binary', ':all:', '--require-hashes', '--target', folder, '-r', requirements],
  ]);
}

function hasPip() {
  return spawnSync('python3', ['-m', 'pip', '--version']).status === 0;
}
