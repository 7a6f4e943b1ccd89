import { spawn } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type App, copyOf } from './app.js';
import { ship } from './deploy.js';
import { expectNative } from './expectations.js';
import { fetchPackages } from './fetched.js';
import { program } from './probe.js';
import { bareEnvironment, buildEnvironment, type RunResult, run, runOrThrow } from './run.js';

const NEXT = { next: '16.4.6', react: '19.3.1', 'react-dom': '19.3.1' };

/** What README says of `output: 'standalone'` with Turbopack, which traces no binaries. */
const INCLUDES = "outputFileTracingIncludes: { '/**': ['node_modules/chainrule/prebuilds/**'] }";

let app: App;

beforeAll(async () => {
  app = copyOf(inject('installed'));
  // Next.js must be the app's own dependency; hard links take no time and no space.
  const modules = path.join(await fetchPackages(NEXT), 'node_modules');
  const options = { cwd: app.folder, env: buildEnvironment() };
  const links = await run('cp', ['-alf', `${modules}/.`, 'node_modules'], options);
  if (links.status !== 0)
    cpSync(modules, app.path('node_modules'), { recursive: true, verbatimSymlinks: true });
  app.write('package.json', { name: 'app', private: true, type: 'module' });
  app.write('app/layout.js', 'export default ({ children }) => <html><body>{children}</body></html>;');
  const [body] = program('esm').split('\nprobe().then');
  const route =
    "export const dynamic = 'force-dynamic';\nexport const GET = async () => Response.json(await probe());";
  app.write('app/probe/route.js', `${body}\n${route}\n`);
});

afterAll(() => app?.remove());

async function build(config: string, bundler: '--turbopack' | '--webpack'): Promise<void> {
  rmSync(app.path('.next'), { recursive: true, force: true });
  app.write('next.config.mjs', `export default ${config};`);
  const env = { ...buildEnvironment(), NEXT_TELEMETRY_DISABLED: '1' };
  const args = ['node_modules/next/dist/bin/next', 'build', bundler];
  await runOrThrow(process.execPath, args, { cwd: app.folder, env });
}

/** Runs the server until it has answered. */
async function ask(folder: string, ...args: string[]): Promise<RunResult> {
  const port = await freePort();
  const env = { ...bareEnvironment(), PORT: `${port}`, HOSTNAME: '127.0.0.1', NEXT_TELEMETRY_DISABLED: '1' };
  const server = spawn(process.execPath, args, { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] });
  const exited = new Promise((resolve) => server.once('exit', resolve));
  let stderr = '';
  server.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  try {
    const stdout = await firstAnswer(`http://127.0.0.1:${port}/probe`, () => server.exitCode === null);
    return { status: 0, stdout, stderr };
  } finally {
    server.kill();
    await exited;
  }
}

async function firstAnswer(url: string, isRunning: () => boolean): Promise<string> {
  for (let tries = 0; tries < 240 && isRunning(); tries++) {
    try {
      return await (await fetch(url)).text();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
  throw new Error(`nothing answers at ${url}`);
}

function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

function expectNativeIn(folder: string, result: RunResult): void {
  const report = expectNative(result, inject('losses'), inject('instructionSets')[0]);
  expect(report.backend.path?.startsWith(folder + path.sep), report.backend.path).toBe(true);
}

describe('Next.js', () => {
  describe.each(['--turbopack', '--webpack'] as const)('next build %s', (bundler) => {
    test('next start, by itself', async () => {
      await build('{}', bundler);
      const args = ['node_modules/next/dist/bin/next', 'start'];
      expectNativeIn(app.folder, await ask(app.folder, ...args));
    });

    const isTraced = bundler === '--webpack';
    test(`output: 'standalone', moved elsewhere${isTraced ? ', by itself' : ''}`, async () => {
      await build(`{ output: 'standalone'${isTraced ? '' : `, ${INCLUDES}`} }`, bundler);
      const target = ship(app, [['.next/standalone', '.']]);
      expectNativeIn(target.folder, await ask(target.folder, 'server.js'));
    });
  });
});
