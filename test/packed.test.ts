import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, test } from 'vitest';
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

    beforeAll(async () => {
      app = await installedApp(await packWithLocalAddon(folder));
      addon = path.join(app.chainrule, hostTarget()!.file);
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

    test('does so where its binary is corrupt or another platform has it', async () => {
      chmodSync(addon, 0o644);
      writeFileSync(addon, 'not a library');
      expectReference(
        await probe('probe.mjs'),
        /file too short|invalid ELF header|not a mach-o file|not a valid Win32/,
      );
      rmSync(path.join(app.chainrule, 'prebuilds'), { recursive: true });
      expectReference(await probe('probe.cjs'), /not found/);
    });
  },
);
