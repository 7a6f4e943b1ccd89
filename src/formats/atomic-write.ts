import { basename, dirname, isAbsolute, join } from 'node:path';
import { ChainruleError, reasonOf } from '../error.js';
import { DISK, type FileSystem, type OpenFile, systemCode } from './file-system.js';
import { removeStaleTemporaries, temporaryName } from './temporary-file.js';

/** As many links in a row as Linux follows. */
const MOST_LINKS = 40;
/** What some network file systems answer when asked to sync a folder. */
const NO_FOLDER_SYNC = ['EINVAL', 'ENOTSUP', 'ENOSYS'];

/**
 * Writes `chunks` one after another to the file at `path`. Whatever happens, the file contains either its old
 * content or all of the new. When the promise resolves, the file survives a loss of power. An existing file
 * keeps its mode, and a link to it stays a link. Chunks may be made while others are written; if that fails, nothing
 * is written, and its error is thrown. Temporary files that killed processes have left for the same path are removed.
 *
 * @throws {@link ChainruleError} ERR_FILE with the system's reason
 */
export async function writeFileAtomically(
  path: string,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  files: FileSystem = DISK,
): Promise<void> {
  try {
    await replace(await targetOf(path, files), chunks, files);
  } catch (cause) {
    // What fails to make the chunks has its own words.
    if (cause instanceof Error && cause.name === 'ChainruleError') throw cause;
    const message = reasonOf(cause);
    throw new ChainruleError('ERR_FILE', `${path} could not be written: ${message}`, { cause });
  }
}

async function replace(
  target: string,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  files: FileSystem,
): Promise<void> {
  const mode = await modeOf(target, files);
  const [folder, base] = [dirname(target), basename(target)];
  await removeStaleTemporaries(files, folder, base);
  // Opened first: whatever keeps the rename from being durable must be known before it.
  const opened = await openFolder(folder, files);
  try {
    // Renaming is atomic only within a file system, so the temporary file is in the same folder.
    const temporary = join(folder, temporaryName(base));
    // The temporary file is never open to more readers than the file it replaces: the umask can only take
    // permissions away. If it replaces none, it has the usual mode.
    const file = await files.open(temporary, 'wx', mode ?? 0o666);
    try {
      await writeDurably(file, chunks, mode);
      await files.rename(temporary, target);
    } catch (error) {
      await files.unlink(temporary).catch(() => {});
      throw error;
    }
    await syncFolder(opened);
  } finally {
    // Nothing was written through it.
    await opened?.close().catch(() => {});
  }
}

/** The file that `path` leads to, over links, also over those that lead to a file that is yet to be made. */
async function targetOf(path: string, files: FileSystem): Promise<string> {
  let at = path;
  for (let links = 0; links <= MOST_LINKS; links++) {
    try {
      return await files.realpath(at);
    } catch (error) {
      if (systemCode(error) === 'ELOOP') throw error;
      // Where nothing may be read, the last word is the rename's.
      if (systemCode(error) !== 'ENOENT') return at;
    }
    const to = await files.readlink(at).catch(() => undefined);
    if (to === undefined) return at;
    // Not `join`: from a folder that is itself a link, '..' leads to the parent of what it links to.
    at = isAbsolute(to) ? to : `${await files.realpath(dirname(at))}/${to}`;
  }
  throw new Error('it is a link that leads to links without an end');
}

/** The permissions of the file to be replaced; undefined if there is none. Throws for a pipe or a device. */
async function modeOf(path: string, files: FileSystem): Promise<number | undefined> {
  try {
    const stats = await files.stat(path);
    if (!stats.isFile()) throw new Error('it is not a regular file');
    return stats.mode & 0o777;
  } catch (error) {
    // Node's permission model may let a file be written that it does not let be read.
    if (['ENOENT', 'ERR_ACCESS_DENIED'].includes(systemCode(error) ?? '')) return undefined;
    throw error;
  }
}

async function writeDurably(
  file: OpenFile,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  mode: number | undefined,
): Promise<void> {
  try {
    for await (const chunk of chunks) await file.writeFile(chunk);
    if (mode !== undefined) await giveMode(file, mode);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Gives back what the umask took. */
async function giveMode(file: OpenFile, mode: number): Promise<void> {
  const { mode: own } = await file.stat();
  if ((own & 0o777) === mode) return;
  // Node's permission model never allows it; then the umask decides, as for a new file.
  await file.chmod(mode).catch((error) => {
    if (systemCode(error) !== 'ERR_ACCESS_DENIED') throw error;
  });
}

async function openFolder(folder: string, files: FileSystem): Promise<OpenFile | undefined> {
  // Windows cannot open a folder; there the rename itself is journalled.
  return process.platform === 'win32' ? undefined : files.open(folder, 'r');
}

/** Makes the names in a folder durable. */
export async function syncNames(folder: string, files: FileSystem): Promise<void> {
  const opened = await openFolder(folder, files);
  try {
    await syncFolder(opened);
  } finally {
    await opened?.close().catch(() => {});
  }
}

/** Makes a rename in the folder durable. */
async function syncFolder(folder: OpenFile | undefined): Promise<void> {
  await folder?.sync().catch((error) => {
    if (!NO_FOLDER_SYNC.includes(systemCode(error) ?? '')) throw error;
  });
}
