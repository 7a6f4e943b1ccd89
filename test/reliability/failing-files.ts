/** A file system whose k-th call fails. */

import type { FileSystem, OpenFile } from '../../src/formats/file-system.js';

export interface FailingFiles {
  files: FileSystem;
  /** What failed, once it has. */
  failed: () => string | undefined;
}

/** Passes calls on to `files`, but for the k-th, k = 1, 2, ..., which does nothing and fails with `code`. */
export function failAtCall(files: FileSystem, k: number, code = 'EIO'): FailingFiles {
  let calls = 0;
  let failed: string | undefined;
  const wrap = <T extends object>(target: T, label: string): T =>
    new Proxy(target, {
      get(object, key, receiver) {
        const method: unknown = Reflect.get(object, key, receiver);
        if (typeof method !== 'function') return method;
        return async (...args: unknown[]) => {
          calls++;
          if (calls === k) {
            failed = `${label}${String(key)}`;
            // Linux closes a file also when it says that it could not.
            if (key === 'close') await method.apply(object, args);
            throw Object.assign(new Error(`${code}: injected, ${failed}`), { code });
          }
          const result = await method.apply(object, args);
          return key === 'open' ? wrap(result as OpenFile, 'file.') : result;
        };
      },
    });
  return { files: wrap(files, ''), failed: () => failed };
}
