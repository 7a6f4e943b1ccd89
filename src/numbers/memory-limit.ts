/** How much memory networks and data may take in this process, and what is refused for it. */

import { ChainruleError } from '../error.js';
import { limitOfProcess } from './memory-default.js';

/** What holds memory outside of V8's array buffers: the native engine. All of it is of the whole process. */
export interface MemoryHolder {
  heldBytes(): number;
  /** Infinity until `setLimit` is called, in whichever thread. */
  limit(): number;
  setLimit(bytes: number): void;
  /** Collects garbage, and frees what networks and datasets among it held. */
  collectGarbage(): void;
}

interface Watch {
  /** Of this thread's arrays, as long as there is no holder; null if nobody has asked for it yet. */
  limit: number | null;
  holder: MemoryHolder | null;
}

// One for all copies of this code: `import`, `require`, and the files of dist/ that are loaded when they are needed.
const shared = globalThis as unknown as Record<symbol, Watch | undefined>;
const key = Symbol.for('chainrule memory');
shared[key] ??= { limit: null, holder: null };
const watch: Watch = shared[key];

/** Asking V8 takes longer than to make an array of this size. */
const FEW_BYTES = 2 ** 20;
const BYTES_PER_MEGABYTE = 1e6;
/** More than any machine has: V8 collects all garbage before it gives up on such an array. */
const TOO_LARGE = 2 ** 50;

/** Counts what the native engine holds from now on. */
export function watchHolder(holder: MemoryHolder): void {
  if (holder.limit() === Infinity) holder.setLimit(currentLimit());
  watch.holder = holder;
}

/**
 * In bytes; Infinity for none.
 *
 * @throws {@link ChainruleError} ERR_OPTION if CHAINRULE_MEMORY_LIMIT is no size
 */
export function currentLimit(): number {
  if (watch.holder !== null) return watch.holder.limit();
  watch.limit ??= limitOfProcess();
  return watch.limit;
}

export function changeLimit(bytes: number): void {
  watch.limit = bytes;
  watch.holder?.setLimit(bytes);
}

/** Bytes of networks and data: what the native engine holds, and this thread's array buffers, whoever made them. */
export function usedBytes(): number {
  return (watch.holder?.heldBytes() ?? 0) + process.memoryUsage().arrayBuffers;
}

/** What may still be held, in bytes. */
export function leftBytes(): number {
  return Math.max(0, currentLimit() - usedBytes());
}

/**
 * Refuses an array before it is made, if the limit does not allow it.
 *
 * @param what - what it is for, as a message says it
 * @throws {@link ChainruleError} ERR_MEMORY with what is needed, what is used and the limit
 */
export function requireMemory(bytes: number, what: string): void {
  if (bytes < FEW_BYTES) return;
  const limit = currentLimit();
  if (limit === Infinity || usedBytes() + bytes <= limit) return;
  // Arrays that nobody can reach any more count until they are collected.
  collectGarbage();
  const used = usedBytes();
  if (used + bytes <= limit) return;
  throw new ChainruleError(
    'ERR_MEMORY',
    `no memory for ${what}: ${megabytes(bytes)} are needed, ${megabytes(used)} are held, ` +
      `and the memory limit is ${megabytes(limit)}`,
  );
}

export function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / BYTES_PER_MEGABYTE)} MB`;
}

export function collectGarbage(): void {
  if (watch.holder !== null) {
    watch.holder.collectGarbage();
    return;
  }
  try {
    new ArrayBuffer(TOO_LARGE);
  } catch {
    // As meant.
  }
}
