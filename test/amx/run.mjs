#!/usr/bin/env node
/**
 * Runs the core's tests of bf16 products on a CPU with AMX, emulated: Linux in Bochs, on two CPUs of a Sapphire
 * Rapids. Fails when a test fails, or when the guest does not come to its end. It fetches and builds what it needs
 * once. The emulator takes one core:
 *
 *     npm run test:amx -- [--minutes 120]
 */

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { findProgram } from '../../scripts/process.mjs';
import { findBochs } from './bochs.mjs';
import { makeDisc } from './guest.mjs';

const NEEDED = 'apt-get install g++ make patch cpio xorriso mtools grub-pc-bin grub-common';

/** What core_test runs: units, permission and kernels, then whole steps. */
const RUNS = [
  ['bf16_units_test', 'tile_permission_test', 'foreign_tiles_test', 'kernels/tiles_bits_test'],
  ['kernels/tiles_test', 'native/test/products_test'],
  ['step_tiles_test'],
].map((files) => [
  '--no-colors',
  `--source-file=${files.map((file) => `*${file}.cc`).join()}`,
  // Large networks by all units, which would take an hour. A smaller one by AMX alone is among the others.
  '--test-case-exclude=*bits*on*any*number*of*threads*',
]);

/** @param {import('./bochs.mjs').Bochs} bochs */
function configuration(bochs, disc, serial, log) {
  return `config_interface: textconfig
display_library: nogui
cpu: model=sapphire_rapids, count=2:1:1, ips=100000000, exclude_features="la57,tsc_deadline"
memory: guest=1024, host=1024
romimage: file=${bochs.bios}
vgaromimage: file=${bochs.vgaBios}
ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14
ata0-master: type=cdrom, path=${disc}, status=inserted
boot: cdrom
com1: enabled=1, mode=file, dev=${serial}
panic: action=fatal
error: action=ignore
log: ${log}
`;
}

/** Prints what the guest says of the tests, until it ends or the time is over. */
async function follow(child, serial, deadline) {
  let shown = 0;
  let ended = false;
  child.once('close', () => {
    ended = true;
  });
  for (;;) {
    const stopped = ended || Date.now() > deadline;
    const text = existsSync(serial) ? readFileSync(serial, 'latin1').replaceAll('\r', '') : '';
    const start = text.indexOf('guest: Linux');
    const said = start < 0 ? '' : text.slice(start);
    process.stdout.write(said.slice(shown));
    shown = said.length;
    if (said.includes('guest: end\n')) return { said, end: 'end' };
    if (stopped) return { said, end: ended ? 'the emulator stopped' : 'no end within the time' };
    await sleep(1000);
  }
}

/** Why the run has failed, one line each. */
function failuresOf({ said, end }) {
  const statuses = [...said.matchAll(/^guest: status (\d+)$/gm)].map(([, status]) => Number(status));
  const failures = [...said.matchAll(/^guest: (lacks \S+)$/gm)].map(([, lack]) => `the guest ${lack}`);
  if (end !== 'end') failures.push(end);
  if (statuses.length < RUNS.length) failures.push(`${statuses.length} of ${RUNS.length} runs`);
  if (statuses.some((status) => status !== 0)) failures.push(`statuses ${statuses.join(', ')}`);
  if (said.includes('skipped: no AMX here')) failures.push('tests were skipped');
  return failures;
}

async function main() {
  const { values } = parseArgs({ options: { minutes: { type: 'string', default: '120' } } });
  const missing = ['make', 'patch', 'cpio', 'xorriso', 'grub-mkrescue'].filter((name) => !findProgram(name));
  if (missing.length > 0) throw new Error(`missing: ${missing.join(', ')}; to get them: ${NEEDED}`);
  const bochs = await findBochs();
  const folder = mkdtempSync(path.join(tmpdir(), 'chainrule-amx-'));
  const start = Date.now();
  try {
    const disc = await makeDisc(folder, RUNS);
    const [serial, settings, log] = ['serial', 'bochsrc', 'log'].map((name) => path.join(folder, name));
    writeFileSync(settings, configuration(bochs, disc, serial, log));
    const output = openSync(path.join(folder, 'output'), 'w');
    const child = spawn(bochs.program, ['-q', '-f', settings], { stdio: ['ignore', output, output] });
    const result = await follow(child, serial, start + Number(values.minutes) * 60_000);
    child.kill();
    const failures = failuresOf(result);
    for (const failure of failures) console.log(`failed: ${failure}`);
    if (result.said === '') console.log(readFileSync(log, 'utf8').split('\n').slice(-40).join('\n'));
    const minutes = Math.round((Date.now() - start) / 60_000);
    console.log(`Bochs ${bochs.version}, ${minutes} minutes: ${failures.length === 0 ? 'passed' : 'failed'}`);
    process.exitCode = failures.length === 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

try {
  await main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
