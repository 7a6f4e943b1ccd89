import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type App, installedApp } from './package/app.js';
import { expectNative, expectReference } from './package/expectations.js';
import { LOCAL_ADDON, packWithLocalAddon } from './package/pack.js';
import { type Losses, reportOf } from './package/probe.js';
import { run } from './package/run.js';
import { hostTarget } from './package/scripts.js';

// The short form of `npm run test:package`: what a user of this machine's platform gets from the tarball.
describe.skipIf(hostTarget() === undefined || !existsSync(LOCAL_ADDON))(
  'the packed and installed package',
  () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'chainrule-tarball-'));
    let app: App;
    let addon: string;
    let content: Buffer;

    beforeAll(async () => {
      app = await installedApp(await packWithLocalAddon(folder));
      addon = path.join(app.chainrule, hostTarget()!.file);
      content = readFileSync(addon);
      chmodSync(addon, 0o644);
    });

    afterAll(() => {
      app?.remove();
      rmSync(folder, { recursive: true, force: true });
    });

    const probe = (...args: string[]) => run(process.execPath, args, { cwd: app.folder });

    test('trains natively, imported and required, where there is nothing but node', async () => {
      const imported = await probe('probe.mjs');
      const { backend, losses } = reportOf(imported);
      const expected: Losses = { [backend.simd]: { xor: losses.xor.auto, wide: losses.wide.auto } };
      expectNative(imported, expected);
      expectNative(await probe('probe.cjs'), expected);
    });

    test('trains on the reference engine, with one warning, where addons are forbidden', async () => {
      expectReference(await probe('--no-addons', 'probe.mjs'), /disabled/);
    });

    test('does so where its binary is none', async () => {
      writeFileSync(addon, 'This is no library, but longer than its header would be. '.repeat(9));
      expectReference(await probe('probe.mjs'), /invalid ELF header|not a mach-o file|not a valid Win32/);
    });

    test.skipIf(process.platform !== 'linux')('does so where its binary is cut short', async () => {
      // Mapped by the system's loader, it would end the process by SIGBUS.
      writeFileSync(addon, content.subarray(0, content.length / 2));
      expectReference(await probe('probe.mjs'), /it is cut short/);
    });

    test.skipIf(process.platform !== 'linux')("does so where its binary is another platform's", async () => {
      const other = Buffer.from(content);
      // The header says which processor a library is for.
      other[18] = process.arch === 'x64' ? 183 : 62;
      writeFileSync(addon, other);
      expectReference(await probe('probe.cjs'), /it is for another processor/);
      writeFileSync(addon, 'MZ, as a library for Windows begins. '.repeat(9));
      expectReference(await probe('probe.cjs'), /invalid ELF header/);
    });

    test('does so where it has no binary for this platform', async () => {
      rmSync(path.dirname(addon), { recursive: true });
      const { native } = expectReference(await probe('probe.mjs'), /not found/);
      expect(native?.message).toContain(`${path.dirname(addon)}: not found`);
    });
  },
);
