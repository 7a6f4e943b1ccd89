import { fileURLToPath } from 'node:url';
import type { Check } from './checks.js';
import { unexpected } from './checks.js';

/** A path, or a file: URL, declared by its fields: not every `lib` of TypeScript has the class. */
export type FilePath = string | { readonly href: string };

/** A check for a `FilePath`, which it returns as a path. */
export const filePath: Check<string> = (value, name) => {
  if (typeof value === 'string' && value !== '' && !value.includes('\0')) return value;
  if (typeof value === 'object' && value !== null && 'href' in value) {
    try {
      return fileURLToPath(String(value.href));
    } catch {
      // Of another protocol, or of another machine.
    }
  }
  throw unexpected(name, value, 'a path or a file: URL');
};
