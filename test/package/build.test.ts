import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { findTools } from '../../src/cli/build/requirements.js';
import type { DoctorReport } from '../../src/cli/doctor/facts.js';
import type { ChildResult } from '../child.js';
import { fetchPackages } from './fetched.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const canCompile = findTools(root).missing === null;

/** A project outside the repository, with chainrule from a tarball without its prebuilt binaries. */
let project: string;
const installed = (...path: string[]) => join(project, 'node_modules', 'chainrule', ...path);
const npm = (args: string[], cwd: string) => execFileSync('npm', args, { cwd, encoding: 'utf8' });

function chainrule(args: string[], env: Record<string, string> = {}): Promise<ChildResult> {
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(CHAINRULE_(ADDON|BACKEND|SIMD)|NODE_OPTIONS)$/.test(name),
    ),
  );
  const program = [installed('dist', 'cli.js'), ...args];
  const options = { cwd: project, env: { ...inherited, ...env } };
  return new Promise((resolve) => {
    execFile(process.execPath, program, options, (error, stdout, stderr) => {
      resolve({ status: error ? (error.signal ?? error.code ?? null) : 0, stdout, stderr });
    });
  });
}

async function doctor(env: Record<string, string> = {}): Promise<DoctorReport> {
  return JSON.parse((await chainrule(['doctor', '--json'], env)).stdout);
}

const title = 'chainrule build, from a packed tarball (needs a compiler and CMake)';

describe.skipIf(!canCompile)(title, { timeout: 600_000 }, () => {
  beforeAll(() => {
    project = mkdtempSync(join(tmpdir(), 'chainrule-build-test-'));
    const [{ filename }] = JSON.parse(
      npm(['pack', '--json', '--ignore-scripts', '--pack-destination', project], root),
    );
    writeFileSync(
      join(project, 'package.json'),
      '{ "name": "project", "version": "1.0.0", "private": true }',
    );
    const options = ['--ignore-scripts', '--no-audit', '--no-fund'];
    npm(['install', ...options, join(project, filename)], project);
    rmSync(installed('prebuilds'), { recursive: true, force: true });
  }, 600_000);

  test('doctor recommends it, and it names what it needs', async () => {
    const { engine, findings } = await doctor();
    expect(engine.name).toBe('reference');
    expect(findings[0].remedies.join(' ')).toContain('npx chainrule build');
    const { status, stderr } = await chainrule(['build']);
    expect(status).toBe(1);
    expect(stderr).toContain(
      'missing: cmake-js, node-addon-api. To get it:\n  npm install --save-dev cmake-js node-addon-api\n',
    );
    const modules = join(
      await fetchPackages({ 'cmake-js': '8.0.0', 'node-addon-api': '8.9.2' }),
      'node_modules',
    );
    cpSync(modules, join(project, 'node_modules'), { recursive: true, verbatimSymlinks: true });
  });

  test('it compiles to a separate file if the package is read-only', async () => {
    const out = join(project, 'lib', 'chainrule.node');
    for (const folder of ['', 'native', 'scripts']) chmodSync(installed(folder), 0o555);
    const { status, stdout, stderr } = await chainrule(['build', '--out', 'lib/chainrule.node']);
    for (const folder of ['', 'native', 'scripts']) chmodSync(installed(folder), 0o755);
    expect(stderr).toContain(`CHAINRULE_ADDON=${out}`);
    expect(status).toBe(0);
    expect(stdout).toMatch(/chainrule\.node\nnative engine, kernels for \w+/);
    expect(readdirSync(join(project, 'lib'))).toEqual(['chainrule.node']);
    expect(existsSync(installed('build'))).toBe(false);
    const { ok, addon } = await doctor({ CHAINRULE_ADDON: out });
    expect({ ok, path: addon!.path }).toEqual({ ok: true, path: out });
  });

  test('it compiles into the package, without OpenBLAS too, and the package finds it', async () => {
    const { status, stderr } = await chainrule(['build'], { CHAINRULE_OPENBLAS: 'none' });
    expect(stderr).toMatch(/^Compiling chainrule [\d.]+; the compiler's output goes to \S+build\.log\n$/);
    expect(status).toBe(0);
    const { ok, engine, addon } = await doctor();
    expect({ ok, engine: engine.name, blas: addon!.blas }).toEqual({
      ok: true,
      engine: 'native',
      blas: 'none',
    });
    expect(addon!.path).toBe(installed('build', 'Release', 'chainrule.node'));
  });
});
