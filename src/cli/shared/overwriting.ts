/** Keeps a command from writing over what it reads, or over what somebody would miss. */

import { realpathSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { readMetadata } from '../../formats/safetensors-read.js';
import { UsageError } from './failure.js';

/** A file that an argument names; undefined if the argument is not given. */
export interface FileArgument {
  /** What messages call the argument, e.g. '--report'. */
  name: string;
  path: string | undefined;
}

/** Enough to see a doctype behind a byte order mark and blanks. */
const HEAD_BYTES = 512;

/**
 * Refuses an output that is also an input, or another output.
 *
 * @throws UsageError
 */
export function refuseSameFile(inputs: readonly FileArgument[], outputs: readonly FileArgument[]): void {
  const taken = new Map<string, string>();
  const given = ({ path }: FileArgument) => path !== undefined;
  for (const { name, path } of inputs.filter(given)) taken.set(identityOf(path as string), name);
  for (const { name, path } of outputs.filter(given)) {
    if (path === '-') throw new UsageError(`${name} needs the name of a file, not -`);
    const identity = identityOf(path as string);
    const other = taken.get(identity);
    if (other !== undefined)
      throw new UsageError(`${name} is ${path}, the same file as ${other}: it would be overwritten`);
    taken.set(identity, name);
  }
}

/** Whether two paths lead to one file. */
export function isSameFile(a: string, b: string): boolean {
  return identityOf(a) === identityOf(b);
}

/** The path without links; of a file that is not there yet, with those of its folder followed. */
function identityOf(path: string): string {
  return realPath(path) ?? join(realPath(dirname(path)) ?? resolve(dirname(path)), basename(path));
}

function realPath(path: string): string | null {
  try {
    // The native one also gives names the letter case that they have on the disk.
    return realpathSync.native(path);
  } catch {
    return null;
  }
}

/**
 * Refuses to replace a file by a report unless it is HTML, or empty.
 *
 * @throws UsageError
 */
export async function refuseNoHtml(path: string, option: string): Promise<void> {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined || (stats.isFile() && stats.size === 0)) return;
  // A pipe would wait for somebody to write.
  if (stats.isFile() && /^\ufeff?\s*<(!doctype html|html|!--)/i.test(await headOf(path))) return;
  throw new UsageError(
    `${path} exists and is no HTML: it is not overwritten; name another file with ${option}`,
  );
}

async function headOf(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}

/**
 * Refuses to replace a model by something else.
 *
 * @throws UsageError
 */
export async function refuseModel(path: string, option: string): Promise<void> {
  const isModel = await readMetadata(path).then(
    () => true,
    () => false,
  );
  if (!isModel) return;
  throw new UsageError(
    `${path} exists and is a model (safetensors): it is not overwritten; name another file with ${option}`,
  );
}
