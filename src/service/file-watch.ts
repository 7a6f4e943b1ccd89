/** Watches a file by looking at it again and again. */

import { stat } from 'node:fs/promises';

/** Timers of a longer time would fire at once. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * Looks every `everyMs` milliseconds whether a file has become another one. Looking works where notifications of the
 * system do not: on network drives, in containers, and where a link on the way to the file is replaced.
 */
export class FileWatch {
  readonly #path: string;
  readonly #everyMs: number;
  readonly #onChange: () => Promise<void>;
  #seen: string;
  #timer: NodeJS.Timeout | null = null;
  #isClosed = false;

  /**
   * @param seen - the file that is known, see `fingerprint`
   * @param onChange - is waited for before the next look; must not reject
   */
  constructor(path: string, seen: string, everyMs: number, onChange: () => Promise<void>) {
    this.#path = path;
    this.#seen = seen;
    this.#everyMs = Math.min(everyMs, LONGEST_MS);
    this.#onChange = onChange;
    this.#wait();
  }

  close(): void {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #wait(): void {
    if (this.#isClosed) return;
    // A watched file is no reason for a process to go on.
    this.#timer = setTimeout(() => this.#look(), this.#everyMs).unref();
  }

  async #look(): Promise<void> {
    const found = await fingerprint(this.#path);
    if (found !== this.#seen && !this.#isClosed) {
      // Not what is there after the change was read: it may have changed again in between.
      this.#seen = found;
      await this.#onChange();
    }
    this.#wait();
  }
}

/** What tells a file from the one that was there before; 'missing' if there is none. */
export async function fingerprint(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs } = await stat(path, { bigint: true });
    return [dev, ino, size, mtimeNs].join();
  } catch {
    return 'missing';
  }
}
