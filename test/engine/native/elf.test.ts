import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { checkElf } from '../../../src/engine/native/elf.js';

const folder = mkdtempSync(join(tmpdir(), 'chainrule-elf-'));
afterAll(() => rmSync(folder, { recursive: true }));

function check(content: Buffer): void {
  const file = join(folder, 'chainrule.node');
  writeFileSync(file, content);
  checkElf(file, content.length);
}

// On Linux, Node itself is such a file for this processor.
describe.skipIf(process.platform !== 'linux')('checkElf', () => {
  const whole = readFileSync(process.execPath);
  const machine = whole.readUInt16LE(18);

  it('accepts a complete file for this processor', () => {
    expect(() => checkElf(process.execPath, whole.length)).not.toThrow();
  });

  it('refuses a file with a byte missing', () => {
    const end = Number(whole.readBigUInt64LE(40)) + whole.readUInt16LE(58) * whole.readUInt16LE(60);
    expect(() => check(whole.subarray(0, end))).not.toThrow();
    expect(() => check(whole.subarray(0, end - 1))).toThrow(
      `it is cut short: ${end - 1} bytes, expected ${end}`,
    );
    expect(() => check(whole.subarray(0, 64))).toThrow('it is cut short: 64 bytes');
  });

  it('refuses one for another processor', () => {
    const other = Buffer.from(whole.subarray(0, 64));
    other.writeUInt16LE(machine === 62 ? 183 : 62, 18);
    expect(() => check(other)).toThrow(`another processor (ELF machine ${other.readUInt16LE(18)})`);
  });

  it('leaves any other file to the system', () => {
    for (const content of [
      Buffer.alloc(0),
      whole.subarray(0, 63),
      Buffer.alloc(99),
      Buffer.from('MZ'.repeat(99)),
    ]) {
      expect(() => check(content)).not.toThrow();
    }
    const bits32 = Buffer.from(whole.subarray(0, 64));
    bits32[4] = 1;
    expect(() => check(bits32)).not.toThrow();
  });
});
