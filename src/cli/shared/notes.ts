/** What goes to stderr beside progress: notes, warnings; and the warnings again for JSON. */

import process from 'node:process';
import { paintFor } from '../terminal.js';
import { harmless, inTermsOfOptions } from './messages.js';

/** So many warnings are printed; JSON has all of them. */
const MOST_PRINTED = 20;

export interface Notes {
  /** Something good to know. Not printed with --quiet. */
  note(text: string): void;
  /** Something odd. */
  warn(text: string): void;
  /** Something odd that the results show, too: only for JSON. */
  record(text: string): void;
  /** All warnings so far. */
  readonly warnings: readonly string[];
}

export function createNotes({ quiet = false }: { quiet?: boolean | undefined }): Notes {
  const warnings: string[] = [];
  const stream = process.stderr;
  const paint = paintFor(stream);
  let printed = 0;
  return {
    warnings,
    note(text) {
      if (!quiet) stream.write(`${harmless(text)}\n`);
    },
    warn(text) {
      const message = inTermsOfOptions(text);
      if (warnings.includes(message)) return;
      warnings.push(message);
      printed++;
      if (printed <= MOST_PRINTED) stream.write(`${paint('yellow', 'warning:')} ${harmless(message)}\n`);
      else if (printed === MOST_PRINTED + 1) {
        stream.write(`${paint('yellow', 'warning:')} there are more warnings; --json has all of them\n`);
      }
    },
    record(text) {
      const message = inTermsOfOptions(text);
      if (!warnings.includes(message)) warnings.push(message);
    },
  };
}
