import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type App, installedApp } from './package/app.js';
import { expectNative, expectReference } from './package/expectations.js';
import { LOCAL_ADDON, packWithLocalAddon } from './package/pack.js';
import { type Losses, reportOf } from './package/probe.js';
import { programOfReadme, snippetOfReadme } from './package/readme.js';
import { run, runOrThrow } from './package/run.js';
import { hostTarget } from './package/scripts.js';

// The short form of `npm run test:package`: what a user on this machine's platform gets from the tarball.
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

    test('trains natively, imported and required, with nothing but node', async () => {
      const imported = await probe('probe.mjs');
      const { backend, losses } = reportOf(imported);
      const expected: Losses = { [backend.simd]: { xor: losses.xor.auto, wide: losses.wide.auto } };
      expectNative(imported, expected);
      expectNative(await probe('probe.cjs'), expected);
    });

    test("trains and serves a model by the README's own programs", async () => {
      app.write('train.mjs', programOfReadme('train.mjs'));
      const trained = await runOrThrow(process.execPath, ['train.mjs'], { cwd: app.folder });
      const [, accuracy] = /accuracy (\S+) by the native engine/.exec(trained.stdout) ?? [];
      expect(Number(accuracy)).toBeGreaterThan(0.95);

      const port = await freePort();
      app.write('serve.mjs', programOfReadme('serve.mjs').replace('listen(3000', `listen(${port}`));
      const server = spawn(process.execPath, ['serve.mjs'], { cwd: app.folder, stdio: 'inherit' });
      try {
        const response = await answerOf(`http://localhost:${port}/?a=0.5&b=-0.5`);
        const { probabilities } = (await response.json()) as { probabilities: number[] };
        expect(probabilities).toHaveLength(4);
        expect(probabilities[1]).toBeGreaterThan(0.8);
        const refusal = await fetch(`http://localhost:${port}/?a=0.5`);
        expect([refusal.status, await refusal.text()]).toEqual([400, expect.stringContaining('NaN')]);
      } finally {
        server.kill();
      }
    });

    test("makes a model of rows by the README's own program", async () => {
      app.write('rows.mjs', programOfReadme('rows.mjs'));
      const { stdout } = await runOrThrow(process.execPath, ['rows.mjs'], { cwd: app.folder });
      expect(stdout).toContain('plan: categorical, visits: numeric, age: numeric');
      expect(Number(/accuracy (\S+)/.exec(stdout)?.[1])).toBeGreaterThan(0.95);
      expect(stdout).toContain("[ 'back' ] [ 'back', 'never' ]");
    });

    test("continues a fit by the README's own lines", async () => {
      app.write(
        'resume.mjs',
        `import { readdirSync } from 'node:fs';
         import { Network } from 'chainrule';
         const [x, y] = [[[0, 1], [1, 1]], [1, 2]];
         ${snippetOfReadme('resume: true').replace('1000', 'Number(process.argv[2])')}
         console.log(JSON.stringify([...net.getParameters()[0].weight]), readdirSync('state').length);`,
      );
      const runFor = (epochs: string) =>
        runOrThrow(process.execPath, ['resume.mjs', epochs], { cwd: app.folder }).then((run) => run.stdout);
      const first = await runFor('7');
      expect(await runFor('7')).toBe(first);
      // One checkpoint more, of a longer fit.
      expect(await runFor('9')).toMatch(/ 2\n$/);
    });

    test('makes a report with nothing but what it carries', async () => {
      const program = programOfReadme('rows.mjs');
      const report = "console.log((await makeReport(clf, rows.slice(0, 100), 'came')).includes('<svg'));";
      app.write('report.mjs', `import { makeReport } from 'chainrule';\n${program}\n${report}`);
      const { stdout } = await runOrThrow(process.execPath, ['report.mjs'], { cwd: app.folder });
      expect(stdout.trimEnd().split('\n').at(-1)).toBe('true');
    });

    test('trains on the reference engine, with one warning, if addons are forbidden', async () => {
      expectReference(await probe('--no-addons', 'probe.mjs'), /disabled/);
    });

    test('does so if its binary is not one', async () => {
      writeFileSync(addon, 'This is no library, but longer than its header would be. '.repeat(9));
      expectReference(await probe('probe.mjs'), /invalid ELF header|not a mach-o file|not a valid Win32/);
    });

    test.skipIf(process.platform !== 'linux')('does so if its binary is truncated', async () => {
      // If the system's loader mapped it, SIGBUS would end the process.
      writeFileSync(addon, content.subarray(0, content.length / 2));
      expectReference(await probe('probe.mjs'), /it is cut short/);
    });

    test.skipIf(process.platform !== 'linux')("does so if its binary is another platform's", async () => {
      const other = Buffer.from(content);
      // The header says which processor a library is for.
      other[18] = process.arch === 'x64' ? 183 : 62;
      writeFileSync(addon, other);
      expectReference(await probe('probe.cjs'), /it is for another processor/);
      writeFileSync(addon, 'MZ, as a library for Windows begins. '.repeat(9));
      expectReference(await probe('probe.cjs'), /invalid ELF header/);
    });

    test('does so if it has no binary for this platform', async () => {
      rmSync(path.dirname(addon), { recursive: true });
      const { native } = expectReference(await probe('probe.mjs'), /not found/);
      expect(native?.message).toContain(`${path.dirname(addon)}: not found`);
    });
  },
);

async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** The server's answer, as soon as there is one. */
async function answerOf(url: string): Promise<Response> {
  for (let tries = 1; ; tries++) {
    try {
      return await fetch(url);
    } catch (error) {
      if (tries === 100) throw error;
      await sleep(100);
    }
  }
}
