/** Checks of a Linux library before the system's loader maps it. */

import { closeSync, openSync, readSync } from 'node:fs';

/** Offsets in the header of a 64-bit file; all of this library's files are 64-bit. */
const HEADER_BYTES = 64;
const MACHINE = 18;
const SECTIONS_START = 40;
const SECTION_BYTES = 58;
const SECTION_COUNT = 60;

const MACHINES: Partial<Record<NodeJS.Architecture, number>> = { x64: 62, arm64: 183 };

/**
 * Refuses a truncated file: the loader would map it, and the first access to the missing part would kill the
 * process with SIGBUS. Also refuses a file for another processor, for which glibc's message is that there is
 * no such file. Leaves anything that is not a 64-bit ELF file to the loader, as on other systems.
 */
export function checkElf(path: string, size: number): void {
  const header = firstBytes(path, HEADER_BYTES);
  if (header === null || header.readUInt32BE(0) !== 0x7f454c46 || header[4] !== 2 || header[5] !== 1) return;
  const machine = header.readUInt16LE(MACHINE);
  if (machine !== (MACHINES[process.arch] ?? machine)) {
    throw new Error(`it is for another processor (ELF machine ${machine}), expected ${process.arch}`);
  }
  // The linker puts the section table last.
  const end =
    Number(header.readBigUInt64LE(SECTIONS_START)) +
    header.readUInt16LE(SECTION_BYTES) * header.readUInt16LE(SECTION_COUNT);
  if (size < end) throw new Error(`it is cut short: ${size} bytes, expected ${end}`);
}

function firstBytes(path: string, count: number): Buffer | null {
  const bytes = Buffer.alloc(count);
  const file = openSync(path, 'r');
  try {
    return readSync(file, bytes, 0, count, 0) === count ? bytes : null;
  } finally {
    closeSync(file);
  }
}
