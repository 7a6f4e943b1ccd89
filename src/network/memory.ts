/** The memory of networks and data: how much it is, and how much it may be. */

import { changeLimit, currentLimit, usedBytes } from '../numbers/memory-limit.js';
import { number } from '../options/checks.js';

/** Bytes that networks and data take and may take. */
export interface MemoryUse {
  /**
   * What the native engine holds for all threads of the process, and the array buffers of this thread, also those of
   * other code.
   */
  used: number;
  /** Infinity if there is none. */
  limit: number;
}

const bytesOfLimit = number('a number of bytes above 0, or Infinity', (bytes) => bytes > 0);

/**
 * The memory of networks and data in this process, in bytes.
 *
 * @throws {@link ChainruleError} ERR_OPTION if CHAINRULE_MEMORY_LIMIT is no size
 */
export function memory(): MemoryUse {
  return { used: usedBytes(), limit: currentLimit() };
}

/**
 * Sets how much memory networks and data may take. What would go beyond it is refused with ERR_MEMORY before it is
 * allocated, and what is there stays as it is. Arrays below 1 MiB are not looked at. Default:
 * CHAINRULE_MEMORY_LIMIT, such as '800MB' or 'none', and without that the memory of the machine or the container.
 *
 * @param bytes - of the whole process for the native engine, of this thread for arrays; Infinity for no limit
 * @throws {@link ChainruleError} ERR_OPTION
 */
export function setMemoryLimit(bytes: number): void {
  changeLimit(bytes === Infinity ? Infinity : bytesOfLimit(bytes, 'the memory limit'));
}
