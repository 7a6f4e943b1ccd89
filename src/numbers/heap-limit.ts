/** What V8's heap can still take: beyond its limit V8 ends the process, which nothing can catch. */

import { getHeapStatistics } from 'node:v8';
import { ChainruleError } from '../error.js';
import { collectGarbage, megabytes } from './memory-limit.js';

/** Asking V8 takes longer than to make so many objects. */
const FEW_BYTES = 2 ** 20;
/** Of the limit, for objects that have just been made: others find no room there. */
const YOUNG_BYTES = 48 * 2 ** 20;
/**
 * The part of the heap up to which rows are collected. V8 collects garbage half-way between what is in use and its limit at
 * the latest: of so much, three quarters are in use. It gives up, too, if it collects in vain several times beyond this.
 */
const MOST_USED = 0.8;

interface Heap {
  /** Without the part for new objects. */
  limit: number;
  /** With what is garbage, until it is collected. */
  used: number;
}

function heap(): Heap {
  const { heap_size_limit: limit, used_heap_size: used } = getHeapStatistics();
  // Other engines than V8 may have no limit.
  return { limit: limit > 0 ? limit - YOUNG_BYTES : Infinity, used };
}

/**
 * Refuses objects, texts and lists before they are made, if the heap has no room for them.
 *
 * @param what - what they are, as a message says it
 * @throws {@link ChainruleError} ERR_MEMORY with what is needed and what is free
 */
export function requireHeap(bytes: number, what: string): void {
  if (bytes < FEW_BYTES) return;
  const before = heap();
  if (before.used + bytes <= before.limit) return;
  if (before.used < MOST_USED * before.limit) collectGarbage();
  const { limit, used } = heap();
  if (used + bytes <= limit) return;
  throw new ChainruleError(
    'ERR_MEMORY',
    `no memory for ${what}: about ${megabytes(bytes)} are needed, and V8's heap has ${megabytes(limit - used)} left; ` +
      'node --max-old-space-size=MEGABYTES makes it larger',
  );
}

/**
 * The same for rows that arrive one after the other: refuses the next ones if the heap is nearly full.
 *
 * @throws {@link ChainruleError} ERR_MEMORY
 */
export function requireReserve(what: string): void {
  const { limit, used } = heap();
  if (used <= MOST_USED * limit) return;
  throw new ChainruleError(
    'ERR_MEMORY',
    `no memory for ${what}: V8's heap has ${megabytes(used)} of ${megabytes(limit)} in use; openTable reads in batches, ` +
      'and node --max-old-space-size=MEGABYTES makes the heap larger',
  );
}
