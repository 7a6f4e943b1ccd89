import {
  chmodSync,
  cpSync,
  existsSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { type App, copyOf } from './app.js';
import { expectNative, expectReference } from './expectations.js';
import { fetchNode, isLinuxX64 } from './fetched.js';
import { reportOf } from './probe.js';
import { bareEnvironment, run } from './run.js';
import { findProgram, hostTarget, ROOT, TARGETS } from './scripts.js';

const losses = inject('losses');
const [best] = inject('instructionSets');
const host = hostTarget()!;
const isLinux = process.platform === 'linux';

let app: App;
let addon: string;
beforeEach(() => {
  app = copyOf(inject('installed'));
  addon = path.join(app.chainrule, host.file);
  chmodSync(addon, 0o644);
});
afterEach(() => app.remove());

const probe = (...args: string[]) => run(process.execPath, [...args, 'probe.mjs'], { cwd: app.folder });

describe('a restricted Node', () => {
  test('--no-addons', async () => {
    const report = expectReference(await probe('--no-addons'), /addons is disabled/);
    expect(report.native?.message).toContain('start node without --no-addons');
  });

  const versions = [
    // Node 20's permission model always forbids addons.
    { major: 20, flag: '--experimental-permission' },
    ...[22, 24, 26].map((major) => ({ major, flag: '--permission' })),
  ] as { major: 20 | 22 | 24 | 26; flag: string }[];

  describe.skipIf(!isLinuxX64).each(versions)('Node $major $flag', ({ major, flag }) => {
    const probeWith = async (...allowed: string[]) => {
      const args = [flag, `--allow-fs-read=${app.folder}/*`, ...allowed, 'probe.mjs'];
      return run(await fetchNode(major), args, { cwd: app.folder });
    };

    test('may only read the app: reference engine', async () => {
      const report = expectReference(await probeWith(), /addons is disabled/);
      expect(report.native?.message).toContain('--allow-addons');
    });

    test.skipIf(major === 20)('--allow-addons: native', async () => {
      const result = await probeWith('--allow-addons');
      expect(reportOf(result).backend).toMatchObject({ name: 'native', simd: best });
      // Node itself warns about --allow-addons.
      expect(result.stderr).not.toContain('ChainruleWarning');
    });
  });
});

describe('a damaged package', () => {
  test('with text instead of the binary', async () => {
    writeFileSync(
      addon,
      'not a library at all, but longer than the header of one would be, by far\n'.repeat(9),
    );
    expectReference(await probe(), /invalid ELF header|not a mach-o file|not a valid Win32/);
  });

  test('with an empty binary', async () => {
    truncateSync(addon, 0);
    expectReference(await probe(), /file too short|not a mach-o file|not a valid Win32/);
  });

  // If the system's loader mapped such a file, SIGBUS would end the process.
  test.skipIf(!isLinux).each([0.3, 0.7, 0.9999])(
    'with a binary truncated to %f of its length',
    async (part) => {
      truncateSync(addon, Math.floor(part * statSync(addon).size));
      expectReference(await probe(), /it is cut short/);
    },
  );

  for (const { name, file, arch, platform } of TARGETS.filter((target) => target !== host)) {
    const other = path.join(ROOT, file);
    test.skipIf(!existsSync(other))(`with ${name}'s binary under this platform's name`, async () => {
      cpSync(other, addon);
      const isSameLoader = platform === host.platform && arch === host.arch;
      const foreign = /another processor|invalid ELF header|not a mach-o file|not a valid Win32/;
      expectReference(await probe(), isSameLoader ? /libc\.so|ld-linux/ : foreign);
    });
  }

  test("with other platforms' binaries only", async () => {
    rmSync(path.dirname(addon), { recursive: true });
    expectReference(await probe(), new RegExp(`prebuilds.${host.platform}-${host.arch}: not found`));
  });

  test('without prebuilds', async () => {
    rmSync(path.join(app.chainrule, 'prebuilds'), { recursive: true });
    const report = expectReference(await probe(), /not found/);
    expect(report.native?.message).toContain(path.join(app.chainrule, 'prebuilds'));
  });

  test('with the addon of another version of chainrule', async () => {
    const manifest = path.join(app.chainrule, 'package.json');
    const bundle = path.join(app.chainrule, 'dist/index.js');
    const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
    writeFileSync(bundle, readFileSync(bundle, 'utf8').replaceAll(`"${version}"`, '"99.0.0"'));
    expectReference(await probe(), /it is of chainrule .*, expected 99\.0\.0/);
  });
});

describe('a read-only package', () => {
  const unshare = findProgram('unshare');

  test.skipIf(!isLinux || unshare === '')('in a file system mounted read-only (unshare)', async () => {
    const script =
      'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && cd "$0" && ! touch x 2>/dev/null && exec "$@"';
    const command = [process.execPath, 'probe.mjs'];
    const env = { ...bareEnvironment(), PATH: `/usr/bin:/bin:/usr/sbin:/sbin` };
    const args = ['--mount', '--map-root-user', 'sh', '-c', script, app.folder, ...command];
    expectNative(await run(unshare, args, { cwd: app.folder, env }), losses, best);
  });

  test('of a folder without write permission', async () => {
    for (const folder of [app.chainrule, path.dirname(addon), app.folder]) chmodSync(folder, 0o555);
    try {
      expectNative(await probe(), losses, best);
    } finally {
      for (const folder of [app.folder, app.chainrule, path.dirname(addon)]) chmodSync(folder, 0o755);
    }
  });
});
