/** Where predictions go: a file, whole or not at all, or stdout, no faster than it is read. */

import { once } from 'node:events';
import process from 'node:process';
import { writeFileAtomically } from '../../formats/atomic-write.js';

/** Writes all texts, and returns what the generator returns. */
export async function writeTexts<T>(
  texts: AsyncGenerator<string, T, undefined>,
  path: string | undefined,
): Promise<T> {
  return path === undefined ? toStdout(texts) : toFile(texts, path);
}

async function toStdout<T>(texts: AsyncGenerator<string, T, undefined>): Promise<T> {
  for (;;) {
    const next = await texts.next();
    if (next.done) return next.value;
    if (!process.stdout.write(next.value)) await once(process.stdout, 'drain');
  }
}

async function toFile<T>(texts: AsyncGenerator<string, T, undefined>, path: string): Promise<T> {
  let result: T | undefined;
  const encoder = new TextEncoder();
  async function* chunks() {
    for (;;) {
      const next = await texts.next();
      if (next.done) {
        result = next.value;
        return;
      }
      yield encoder.encode(next.value);
    }
  }
  await writeFileAtomically(path, chunks());
  // It has a value once the generator has returned, without which nothing is written.
  return result as T;
}
