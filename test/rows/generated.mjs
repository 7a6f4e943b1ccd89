/** Files that are too large to keep: written by the script that a case names. */

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

/**
 * Runs the scripts that the cases name, once each.
 *
 * @returns {string} the folder that stands for `generated/`
 */
export function generate(folder, cases, scratch) {
  const out = path.join(scratch, 'generated');
  const scripts = new Set(cases.flatMap(({ options }) => options.generate ?? []));
  if (scripts.size === 0 && cases.some(({ file }) => file.startsWith('generated/')))
    scripts.add('generate.mjs');
  for (const script of scripts) {
    const { status, stderr } = spawnSync(process.execPath, [path.join(folder, script), out], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`${script} failed: ${stderr}`);
  }
  return out;
}

/** Where a file of a case lies. */
export function fileOf(name, { folder, generated }) {
  if (!name.startsWith('generated/')) return path.join(folder, name);
  const written = path.join(generated, name.slice('generated/'.length));
  return existsSync(written) ? written : path.join(folder, name);
}
