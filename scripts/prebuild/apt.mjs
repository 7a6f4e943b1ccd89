/** Debian's packages by apt, with lists and caches of its own, so that the machine's stay unchanged. */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { runOrThrow } from '../run.mjs';
import { cacheFolder } from './cache.mjs';

/**
 * Reads the list of what a suite has.
 *
 * @param {string} suite e.g. trixie
 * @param {'deb' | 'deb-src'} kind programs or sources
 * @returns {Promise<string[]>} the options for apt-get and apt-cache that make them use it
 */
export async function readLists(suite, kind) {
  const state = path.join(cacheFolder(), kind === 'deb' ? `apt-${suite}-programs` : `apt-${suite}`);
  for (const sub of ['lists/partial', 'cache/archives/partial']) {
    mkdirSync(path.join(state, sub), { recursive: true });
  }
  const list = path.join(state, 'sources.list');
  const { uri, keyring } = debianMirror();
  writeFileSync(list, `${kind} [signed-by=${keyring}] ${uri} ${suite} main\n`);
  const options = [
    `Dir::Etc::sourcelist=${list}`,
    'Dir::Etc::sourceparts=/nonexistent',
    `Dir::State::lists=${state}/lists`,
    `Dir::Cache=${state}/cache`,
    // apt's own user may not write into a home folder.
    `APT::Sandbox::User=${process.env.USER || 'root'}`,
  ].flatMap((option) => ['-o', option]);
  const what = kind === 'deb' ? 'packages' : 'sources';
  await runOrThrow(`reading Debian's list of ${what} (${suite})`, 'apt-get', [...options, 'update']);
  return options;
}

/**
 * Unpacks packages into a folder, without what they depend on and without running their scripts.
 *
 * @param {string} suite
 * @param {string[]} names
 * @param {string} folder
 */
export async function unpackPackages(suite, names, folder) {
  const options = await readLists(suite, 'deb');
  const downloads = path.join(folder, 'downloads');
  mkdirSync(downloads);
  const args = [...options, 'download', ...names];
  await runOrThrow(`fetching ${names.join(', ')}`, 'apt-get', args, { cwd: downloads });
  for (const file of readdirSync(downloads)) {
    await runOrThrow(`unpacking ${file}`, 'dpkg-deb', ['-x', path.join(downloads, file), folder]);
  }
}

/**
 * What a package of a suite depends on, by name: those with a version in their names change.
 *
 * @param {string} suite
 * @param {string} name
 */
export async function dependenciesOf(suite, name) {
  const options = await readLists(suite, 'deb');
  const printed = await runOrThrow(`asking for ${name}`, 'apt-cache', [...options, 'depends', name]);
  return [...printed.matchAll(/^ *Depends: (\S+)$/gm)].map(([, found]) => found);
}

/** The mirror that this machine gets its Debian packages from. */
export function debianMirror() {
  const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
  const files = ['/etc/apt/sources.list', ...listsOfSources()].filter((file) => existsSync(file));
  for (const file of files) {
    for (const line of readFileSync(file, 'utf8').split('\n')) {
      const uri = /^(?:URIs:|deb(?:-src)?\s+(?:\[.*?\]\s+)?)\s*(\S+\/debian)\/?(?:\s|$)/.exec(line)?.[1];
      if (uri !== undefined && existsSync(keyring)) return { uri, keyring };
    }
  }
  throw new Error(
    'apt knows no mirror of Debian here; CHAINRULE_SOURCES may name a folder that has the archive',
  );
}

function listsOfSources() {
  const folder = '/etc/apt/sources.list.d';
  return existsSync(folder) ? readdirSync(folder).map((file) => path.join(folder, file)) : [];
}
