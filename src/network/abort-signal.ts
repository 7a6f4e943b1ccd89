/** Signals that end fits, and their listeners. */

import { unexpected } from '../options/checks.js';

/** An AbortSignal, declared without the types of Node or browsers. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/**
 * Each signal has one listener, whoever else listens: Node warns on stderr where one has more than ten, and a service may
 * end hundreds of fits by one signal.
 */
const heard = new WeakMap<AbortSignalLike, { listeners: Set<() => void>; tell: () => void }>();

/** Whether it is, or would throw when it is asked. */
export function isAborted(signal: AbortSignalLike | null): boolean {
  try {
    return signal?.aborted === true;
  } catch {
    return true;
  }
}

/**
 * Calls `listener` when the signal is aborted.
 *
 * @returns a function that ends this; it never throws
 * @throws what the signal's `addEventListener` throws
 */
export function onAbort(signal: AbortSignalLike, listener: () => void): () => void {
  let entry = heard.get(signal);
  if (entry === undefined) {
    const listeners = new Set<() => void>();
    const tell = () => {
      for (const each of [...listeners]) each();
    };
    signal.addEventListener('abort', tell);
    entry = { listeners, tell };
    heard.set(signal, entry);
  }
  const { listeners, tell } = entry;
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0 || heard.get(signal)?.listeners !== listeners) return;
    heard.delete(signal);
    try {
      signal.removeEventListener('abort', tell);
    } catch {
      // A signal of the caller's own making. The fit is over, and its result counts.
    }
  };
}

/** A signal that is aborted when one of two is. */
export function either(first: AbortSignalLike, second: AbortSignalLike): AbortSignalLike {
  const ends = new Map<() => void, (() => void)[]>();
  return {
    get aborted() {
      return first.aborted || second.aborted;
    },
    addEventListener: (_, listener) => {
      ends.set(listener, [onAbort(first, listener), onAbort(second, listener)]);
    },
    removeEventListener: (_, listener) => {
      for (const end of ends.get(listener) ?? []) end();
      ends.delete(listener);
    },
  };
}

function isSignal(value: unknown): boolean {
  try {
    const { aborted, addEventListener, removeEventListener } = Object(value) as Partial<AbortSignalLike>;
    return (
      [typeof aborted, typeof addEventListener, typeof removeEventListener].join() ===
      'boolean,function,function'
    );
  } catch {
    // Such as an object made with the prototype of signals.
    return false;
  }
}

/** A check for an AbortSignal. */
export function abortSignal(value: unknown, name: string): AbortSignalLike {
  // Not instanceof: a browser DOM in a test has its own AbortSignal.
  if (!isSignal(value)) throw unexpected(name, value, 'an AbortSignal');
  return value as AbortSignalLike;
}
