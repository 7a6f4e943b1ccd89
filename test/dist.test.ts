import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { runChild } from './child.js';

const use = `
  const net = new Network({ inputSize: 2, seed: 1, layers: [{ units: 1, activation: 'sigmoid' }] });
  console.log(net.backend.name, net.predict([[0, 1]]).length);
`;

// What is published: both module systems, and a Node that may load no addon.
describe('the built package', () => {
  test('can be imported', async () => {
    const result = await runChild(`import { Network } from 'chainrule';${use}`);
    expect(result).toEqual({ status: 0, stdout: 'native 1\n', stderr: '' });
  });

  test('can be required', async () => {
    const result = await runChild(`
      import { createRequire } from 'node:module';
      const { Network } = createRequire(process.cwd() + '/')('chainrule');${use}`);
    expect(result).toEqual({ status: 0, stdout: 'native 1\n', stderr: '' });
  });

  test('falls back to the reference engine with one warning where addons are forbidden', async () => {
    const { status, stdout, stderr } = await runChild(
      `import { Network } from 'chainrule';${use}${use.replace('const net', 'const again').replaceAll('net.', 'again.')}`,
      {},
      ['--no-addons'],
    );
    expect(status).toBe(0);
    expect(stdout).toBe('reference 1\nreference 1\n');
    expect(stderr.match(/CHAINRULE_NO_NATIVE/g)).toHaveLength(1);
  });

  test('compiles in a strict project that has no types of Node', { timeout: 60_000 }, async () => {
    const root = fileURLToPath(new URL('..', import.meta.url));
    const project = await mkdtemp(join(tmpdir(), 'chainrule-types-'));
    await mkdir(join(project, 'node_modules'));
    await symlink(root, join(project, 'node_modules', 'chainrule'), 'junction');
    const source = `import { Network } from 'chainrule';${use}`;
    await Promise.all(['use.mts', 'use.cts'].map((name) => writeFile(join(project, name), source)));
    const compilerOptions = {
      strict: true,
      types: [],
      lib: ['es2022', 'dom'],
      module: 'nodenext',
      noEmit: true,
    };
    const config = join(project, 'tsconfig.json');
    await writeFile(config, JSON.stringify({ compilerOptions, files: ['use.mts', 'use.cts'] }));
    const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const compiling = promisify(execFile)(process.execPath, [compiler, '-p', config]);
    expect((await compiling.catch((error: unknown) => error)) as unknown).toMatchObject({ stdout: '' });
  });
});
