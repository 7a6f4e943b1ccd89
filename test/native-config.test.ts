import { execFileSync, spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const scripts = new URL('../scripts/', import.meta.url);
const { buildSettings, findNativePaths } = await import(new URL('native-config.mjs', scripts).href);
const { nodeGypArguments } = await import(new URL('build-native.mjs', scripts).href);

describe('native-config', () => {
  const paths = (files: string[], machine: object) =>
    findNativePaths({
      env: {},
      platform: 'linux',
      arch: 'x64',
      exists: (f: string) => files.includes(f),
      ...machine,
    });
  const debian = ['/usr/lib/x86_64-linux-gnu/openblas-serial/libopenblas.a', '/usr/include/hwy/highway.h'];

  it("finds Debian's files", () => {
    expect(paths(debian, {})).toEqual({
      openblasLib: '/usr/lib/x86_64-linux-gnu/openblas-serial/libopenblas.a',
      hwyInclude: '/usr/include',
      doctestInclude: '',
    });
  });

  it("finds Homebrew's files", () => {
    const files = ['/brew/opt/openblas/lib/libopenblas.a'];
    const found = paths(files, { platform: 'darwin', env: { HOMEBREW_PREFIX: '/brew' } });
    expect(found.openblasLib).toBe(files[0]);
  });

  it('takes an OpenBLAS of the user, and that one only', () => {
    const env = { CHAINRULE_OPENBLAS: '/opt/blas' };
    const own = '/opt/blas/lib/libopenblas.a';
    expect(paths([own, ...debian], { env }).openblasLib).toBe(own);
    expect(paths(debian, { env }).openblasLib).toBe('');
    expect(paths(debian, { env: { CHAINRULE_OPENBLAS: 'none' } }).openblasLib).toBe('');
  });

  it('takes a Highway of the user, and that one only', () => {
    const env = { CHAINRULE_HIGHWAY: '/opt/highway' };
    expect(paths(['/opt/highway/hwy/highway.h', ...debian], { env }).hwyInclude).toBe('/opt/highway');
    expect(paths(debian, { env }).hwyInclude).toBe('');
  });

  it('says in a define that there is no OpenBLAS, and links no stand-in for its allocator then', () => {
    const without = buildSettings({ platform: 'linux', blas: false });
    const within = buildSettings({ platform: 'linux', blas: true });
    expect(without.defines).toEqual([...within.defines, 'CHAINRULE_NO_BLAS']);
    expect(without.linkFlags.join(' ')).not.toMatch(/wrap/);
    expect(within.linkFlags.join(' ')).toMatch(/--wrap=blas_memory_alloc/);
  });

  it('compiles every build with the same floating-point rules', () => {
    for (const platform of ['linux', 'darwin', 'win32']) {
      expect(buildSettings({ platform, blas: false }).compileFlags).toContain('-ffp-contract=off');
    }
  });

  it('prints a path, or its usage', () => {
    const script = fileURLToPath(new URL('native-config.mjs', scripts));
    const options = { cwd: tmpdir(), encoding: 'utf8' } as const;
    const { hwyInclude } = findNativePaths();
    expect(execFileSync(process.execPath, [script, '--hwy-include'], options)).toBe(`${hwyInclude}\n`);
    const wrong = spawnSync(process.execPath, [script, '--blas'], options);
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toMatch(/^usage:/);
  });
});

describe('build-native', () => {
  it('has node-gyp download headers only where Node came without', () => {
    expect(nodeGypArguments('/opt/node')).toContain('--nodedir=/opt/node');
    expect(nodeGypArguments('').join(' ')).not.toContain('nodedir');
  });
});
