/** The memory limit of a process that has not been told one in code. */

import { ChainruleError, show } from '../error.js';

const UNITS: Record<string, number> = {
  '': 1,
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/**
 * CHAINRULE_MEMORY_LIMIT; without that all of the memory that the machine, or this process's container, has.
 * Infinity for 'none', and where there is no way to know, such as in browsers.
 *
 * @throws {@link ChainruleError} ERR_OPTION
 */
export function limitOfProcess(): number {
  if (typeof process === 'undefined') return Infinity;
  const given = process.env.CHAINRULE_MEMORY_LIMIT;
  return given === undefined || given === '' ? memoryOfMachine() : parseSize(given);
}

function memoryOfMachine(): number {
  // Not an import of node:os: modules for browsers have this code, too.
  const total = process.getBuiltinModule?.('node:os').totalmem() ?? Infinity;
  const ofContainer = process.constrainedMemory?.() ?? 0;
  return ofContainer > 0 ? Math.min(total, ofContainer) : total;
}

function parseSize(text: string): number {
  if (text === 'none') return Infinity;
  const [, digits, unit] = /^(\d+(?:\.\d+)?) ?([A-Za-z]*)$/.exec(text) ?? [];
  const factor = digits === undefined || !Object.hasOwn(UNITS, unit) ? undefined : UNITS[unit];
  if (factor === undefined) {
    throw new ChainruleError(
      'ERR_OPTION',
      `CHAINRULE_MEMORY_LIMIT is ${show(text)}, expected a number of bytes, a size such as '800MB' or '2GiB', or 'none'`,
    );
  }
  return Math.floor(Number(digits) * factor);
}
