/** What V8's heap can still take: beyond its limit V8 ends the process, which nothing can catch. */

import { getHeapStatistics } from 'node:v8';
import { ChainruleError } from '../error.js';
import { collectGarbage, megabytes } from './memory-limit.js';

/** Asking V8 takes longer than to make so many objects. */
const FEW_BYTES = 2 ** 20;

/** In bytes; what is garbage counts as taken until it is collected. */
function freeHeap(): number {
  const { heap_size_limit: limit, used_heap_size: used } = getHeapStatistics();
  return limit > 0 ? limit - used : Infinity;
}

/**
 * Refuses objects, texts and lists before they are made, if the heap has no room for them.
 *
 * @param what - what they are, as a message says it
 * @throws {@link ChainruleError} ERR_MEMORY with what is needed and what is free
 */
export function requireHeap(bytes: number, what: string): void {
  if (bytes < FEW_BYTES || bytes <= freeHeap()) return;
  collectGarbage();
  const free = freeHeap();
  if (bytes <= free) return;
  throw new ChainruleError(
    'ERR_MEMORY',
    `no memory for ${what}: about ${megabytes(bytes)} are needed, and V8's heap has ${megabytes(free)} left; ` +
      'node --max-old-space-size=MEGABYTES makes it larger',
  );
}
