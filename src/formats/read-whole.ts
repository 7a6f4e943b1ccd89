import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { ChainruleError, reasonOf } from '../error.js';

/**
 * All bytes of a regular file.
 *
 * @param most - bytes that it may have
 * @throws {@link ChainruleError} ERR_FILE
 */
export async function readWhole(path: string, most: number): Promise<Uint8Array<ArrayBuffer>> {
  try {
    // Of a pipe, opening would wait for somebody to write, for ever.
    const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const stats = await file.stat();
      if (!stats.isFile()) throw new Error('it is not a regular file');
      if (stats.size > most) throw new Error(`it has ${stats.size} bytes, expected at most ${most}`);
      const bytes = new Uint8Array(stats.size);
      for (let done = 0; done < bytes.length; ) {
        const { bytesRead } = await file.read(bytes, done, bytes.length - done, done);
        if (bytesRead === 0) throw new Error('it became shorter while it was read');
        done += bytesRead;
      }
      return bytes;
    } finally {
      await file.close();
    }
  } catch (cause) {
    const message = reasonOf(cause);
    throw new ChainruleError('ERR_FILE', `${path} could not be read: ${message}`, { cause });
  }
}
