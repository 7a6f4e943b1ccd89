/**
 * OpenBLAS's and Highway's sources from Debian: fetched by apt from the mirror that this machine uses, and
 * accepted only with the hash written here. For machines without apt, CHAINRULE_SOURCES names a folder that
 * already has the archives.
 */

import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { runOrThrow } from '../run.mjs';
import { readLists } from './apt.mjs';
import { cached, sha256 } from './cache.mjs';

/**
 * @typedef {object} Source
 * @property {string} name Debian's source package
 * @property {string} version
 * @property {string} debian the package's version there
 * @property {string} suite where Debian has it
 * @property {string} archive
 * @property {string} sha256 of the archive
 */

/** A release is made from the first. The others are for when Debian no longer has it and no cache does. */
export const SOURCES = {
  openblas: [
    {
      name: 'openblas',
      version: '0.3.34',
      debian: '0.3.34+ds-2',
      suite: 'sid',
      archive: 'openblas_0.3.34+ds.orig.tar.xz',
      sha256: '031220660e58d0afd3344a379e47ba68c6e082cb9c8a104755e8cf0af7d0da7d',
    },
    {
      name: 'openblas',
      version: '0.3.29',
      debian: '0.3.29+ds-3',
      suite: 'trixie',
      archive: 'openblas_0.3.29+ds.orig.tar.xz',
      sha256: 'eb691e2cff83799400da22aa6ab93ebaa346ad317fea578b7ae119e226ce1b01',
    },
  ],
  highway: [
    {
      name: 'highway',
      version: '1.3.0',
      debian: '1.3.0-5.1',
      suite: 'sid',
      archive: 'highway_1.3.0.orig.tar.gz',
      sha256: '07b3c1ba2c1096878a85a31a5b9b3757427af963b1141ca904db2f9f4afe0bc2',
    },
    {
      name: 'highway',
      version: '1.2.0',
      debian: '1.2.0-2',
      suite: 'trixie',
      archive: 'highway_1.2.0.orig.tar.gz',
      sha256: '7e0be78b8318e8bdbf6fa545d2ecb4c90f947df03f7aadc42c1967f019e63343',
    },
  ],
};

/**
 * A local archive of the first of `sources` that is available.
 *
 * @param {readonly Source[]} sources
 * @returns {Promise<{ source: Source, archive: string }>}
 */
export async function fetchSource(sources) {
  const problems = [];
  for (const source of sources) {
    try {
      const archive = await fetchArchive(source);
      if (source !== sources[0]) {
        process.stderr.write(
          `${sources[0].name}: ${sources[0].version} is not available, using ${source.version}\n`,
        );
      }
      return { source, archive };
    } catch (error) {
      problems.push(`${source.archive}: ${error.message}`);
    }
  }
  throw new Error(`no source of ${sources[0].name}:\n${problems.join('\n')}`);
}

async function fetchArchive(source) {
  const given = process.env.CHAINRULE_SOURCES && path.resolve(process.env.CHAINRULE_SOURCES, source.archive);
  if (given && existsSync(given)) return checked(given, source);
  const name = `sources/${source.name}-${source.sha256.slice(0, 12)}`;
  const folder = await cached(name, async (unfinished) => {
    await fetchByApt(source, unfinished);
    checked(path.join(unfinished, source.archive), source);
  });
  return checked(path.join(folder, source.archive), source);
}

function checked(archive, source) {
  const actual = sha256(archive);
  if (actual === source.sha256) return archive;
  throw new Error(`${archive} has the SHA-256 ${actual}, expected ${source.sha256}`);
}

/** Only the archive: Debian's own changes are not part of it. */
async function fetchByApt(source, folder) {
  const options = await readLists(source.suite, 'deb-src');
  const wanted = `${source.name}=${source.debian}`;
  const args = [...options, 'source', '--download-only', '--tar-only', wanted];
  await runOrThrow(`fetching the source of ${wanted}`, 'apt-get', args, { cwd: folder });
  // The hash covers no other file.
  for (const file of readdirSync(folder)) {
    if (file !== source.archive) rmSync(path.join(folder, file));
  }
}
