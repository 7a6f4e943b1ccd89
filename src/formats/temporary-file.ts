/** Names of the files that become others by a rename, and the removal of those whose process was killed. */

import { join } from 'node:path';
import { crc32c } from './crc32c.js';
import type { FileSystem } from './file-system.js';

/** With what comes after it, well below the 255 bytes that file systems allow for a name. */
const MOST_STEM_BYTES = 180;
const RANDOM_DIGITS = 10;
/** A process in another container or on another machine may write here, whose number says nothing to us. */
const STALE_MILLISECONDS = 10 * 60_000;

/**
 * A name for a temporary file that will replace `base` in the same folder. It may be guessable, since an existing
 * file is never opened; node:crypto would take long to load.
 */
export function temporaryName(base: string): string {
  const random = Math.random().toString(36).slice(2).padEnd(RANDOM_DIGITS, '0').slice(0, RANDOM_DIGITS);
  return `${prefix(base)}${process.pid}-${random}.tmp`;
}

/**
 * Removes temporary files for `base` that a process has left behind which no longer lives. Nothing fails if that
 * cannot be done.
 */
export async function removeStaleTemporaries(files: FileSystem, folder: string, base: string): Promise<void> {
  const names = await files.readdir(folder).catch(() => []);
  for (const name of names) {
    const pid = writerOf(name, base);
    if (pid === undefined) continue;
    const path = join(folder, name);
    try {
      const stats = await files.stat(path);
      if (stats.isFile() && isStale(stats.mtimeMs, pid)) await files.unlink(path);
    } catch {
      // Another process may have removed it.
    }
  }
}

/** The process that has made a temporary file for `base`; undefined for the name of any other file. */
function writerOf(name: string, base: string): number | undefined {
  if (!name.startsWith(prefix(base))) return undefined;
  const match = /^(\d{1,10})-[0-9a-z]{10}\.tmp$/.exec(name.slice(prefix(base).length));
  return match === null ? undefined : Number(match[1]);
}

function isStale(writtenAt: number, pid: number): boolean {
  if (Date.now() - writtenAt < STALE_MILLISECONDS) return false;
  // In a container, the process that died and the one after it often have the same number.
  if (pid === process.pid) return writtenAt < Date.now() - 1000 * process.uptime();
  return !isAlive(pid);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Any other code speaks of a process that we may not signal.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** What the names of temporary files for `base` begin with: of a long name a part and its checksum. */
function prefix(base: string): string {
  const bytes = new TextEncoder().encode(base);
  if (bytes.length <= MOST_STEM_BYTES) return `.${base}.`;
  // Characters have up to four bytes, and half a character is no part of a name.
  const part = [...base].slice(0, MOST_STEM_BYTES / 4).join('');
  return `.${part}~${crc32c(bytes).toString(16).padStart(8, '0')}.`;
}
