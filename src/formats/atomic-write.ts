import { type FileHandle, open, realpath, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ChainruleError } from '../error.js';

/**
 * Writes `chunks` one after another to the file at `path`. Whatever happens, the file contains either its old
 * content or all of the new. When the promise resolves, the file survives a loss of power. An existing file
 * keeps its mode, and a link to it stays a link. Chunks may be made while others are written; if that fails, nothing
 * is written, and its error is thrown.
 *
 * @throws {@link ChainruleError} ERR_FILE with the system's reason
 */
export async function writeFileAtomically(
  path: string,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  try {
    const target = await realpath(path).catch(() => path);
    // Renaming is atomic only within a file system, so the temporary file is in the same folder. Its name may
    // be guessable, since an existing file is never opened; node:crypto would take long to load.
    const name = `.${basename(target)}.${process.pid}-${Math.random().toString(36).slice(2)}.tmp`;
    const temporary = join(dirname(target), name);
    try {
      await writeDurably(temporary, chunks, await modeOf(target));
      await rename(temporary, target);
    } catch (error) {
      await unlink(temporary).catch(() => {});
      throw error;
    }
    await syncFolder(dirname(target));
  } catch (cause) {
    // What fails to make the chunks has its own words.
    if (cause instanceof Error && cause.name === 'ChainruleError') throw cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new ChainruleError('ERR_FILE', `${path} could not be written: ${message}`, { cause });
  }
}

/** The permissions of the file to be replaced; undefined if there is none. Throws for a pipe or a device. */
async function modeOf(path: string): Promise<number | undefined> {
  const stats = await stat(path).catch(() => undefined);
  if (stats === undefined) return undefined;
  if (!stats.isFile()) throw new Error('it is not a regular file');
  return stats.mode & 0o777;
}

async function writeDurably(
  path: string,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  mode: number | undefined,
): Promise<void> {
  // The temporary file is never open to more readers than the file it replaces: the umask can only take
  // permissions away. If it replaces none, it has the usual mode.
  const file = await open(path, 'wx', mode ?? 0o666);
  try {
    for await (const chunk of chunks) await file.writeFile(chunk);
    if (mode !== undefined) await giveMode(file, mode);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Gives back what the umask took. */
async function giveMode(file: FileHandle, mode: number): Promise<void> {
  const { mode: own } = await file.stat();
  if ((own & 0o777) === mode) return;
  // Node's permission model never allows it; then the umask decides, as for a new file.
  await file.chmod(mode).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ERR_ACCESS_DENIED') throw error;
  });
}

/** Makes a rename in the folder durable. */
async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder; there the rename itself is journalled.
  if (process.platform === 'win32') return;
  let handle: FileHandle | undefined;
  try {
    handle = await open(folder, 'r');
    await handle.sync();
  } finally {
    await handle?.close();
  }
}
