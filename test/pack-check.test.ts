import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const load = (name: string) => import(new URL(`../scripts/${name}`, import.meta.url).href);
const { checkAddon, checkPackage } = await load('pack-check.mjs');
const { TARGETS } = await load('prebuild/targets.mjs');
const { SOURCES } = await load('prebuild/sources.mjs');

interface Target {
  name: string;
  file: string;
  mostBytes: number;
}

const target = (name: string): Target => TARGETS.find((each: Target) => each.name === name);
const glibc = target('linux-x64-glibc');
const entries = ['napi_register_module_v1', 'node_api_module_get_api_version_v1'];
const good = { libraries: ['libc.so.6', 'libm.so.6'], exports: entries, glibc: '2.17', stripped: true };
const blas = `OpenBLAS ${SOURCES.openblas[0].version}`;
const content = Buffer.from(`an addon with ${blas}`);

const problems = (facts: object, file = content, folders: string[] = [], of = glibc): string[] =>
  checkAddon(of, { ...good, ...facts }, file, folders);

describe('the check of an addon', () => {
  test('passes what is as it should be', () => {
    expect(problems({})).toEqual([]);
    const musl = target('linux-x64-musl');
    expect(problems({ libraries: ['libc.so'], glibc: undefined }, content, [], musl)).toEqual([]);
    const windows = target('win32-x64');
    const system = ['KERNEL32.dll', 'api-ms-win-crt-heap-l1-1-0.dll'];
    expect(problems({ libraries: system, glibc: undefined }, content, [], windows)).toEqual([]);
    const mac = target('darwin-arm64');
    expect(
      problems({ libraries: ['/usr/lib/libSystem.B.dylib'], glibc: undefined }, content, [], mac),
    ).toEqual([]);
  });

  test('refuses one with another OpenBLAS than the pinned one, if it needs any', () => {
    const other = Buffer.from('an addon with OpenBLAS 0.3.29');
    expect(problems({}, other)).toEqual([`does not contain ${blas}`]);
    expect(problems({ libraries: [], glibc: undefined }, other, [], target('darwin-arm64'))).toEqual([]);
  });

  test('refuses one that needs a newer glibc', () => {
    expect(problems({ glibc: '2.18' })).toEqual(['needs glibc 2.18, expected 2.17 or older']);
    expect(problems({ glibc: '3.0' })).toHaveLength(1);
    expect(problems({ glibc: '2.4' })).toEqual([]);
  });

  test('refuses one that needs what a system may lack', () => {
    const libraries = ['libopenblas.so.0', 'libstdc++.so.6', 'libc.so.6'];
    expect(problems({ libraries })).toEqual(['needs libopenblas.so.0', 'needs libstdc++.so.6']);
    expect(problems({ libraries: ['libc.so.6'] }, content, [], target('linux-x64-musl'))).toEqual([
      'needs libc.so.6',
    ]);
    expect(problems({ libraries: ['node.exe'] }, content, [], target('win32-x64'))).toEqual([
      'needs node.exe',
    ]);
  });

  test('refuses one that exports more or less than its two entry points', () => {
    expect(problems({ exports: [...entries, 'cblas_sgemm'] })).toEqual(['exports cblas_sgemm']);
    const runtime = { libraries: [], exports: [...entries, '_Znwm'], glibc: undefined };
    expect(problems(runtime)).toEqual(['exports _Znwm']);
    expect(problems(runtime, content, [], target('darwin-arm64'))).toEqual([]);
    expect(problems({ exports: [entries[0]] })).toEqual([`does not export ${entries[1]}`]);
  });

  test('refuses one with symbols, one that is too large, and one that names the machine it was built on', () => {
    expect(problems({ stripped: false })).toEqual(['is not stripped']);
    const largest = Buffer.concat([content, Buffer.alloc(glibc.mostBytes - content.length)]);
    expect(problems({}, largest)).toEqual([]);
    const tooLarge = Buffer.concat([content, Buffer.alloc(glibc.mostBytes)]);
    expect(problems({}, tooLarge)[0]).toMatch(/^measures 5\.00 MB, at most/);
    const path = Buffer.concat([content, Buffer.from('\0/home/somebody/chainrule/native/core/step.cc\0')]);
    expect(problems({}, path, ['/home/somebody/'])).toHaveLength(1);
    expect(problems({}, path, ['/home/somebody-else/'])).toEqual([]);
  });
});

describe('the check of the package', () => {
  const files = (...more: string[]) => ({
    size: 5e6,
    files: [...TARGETS.map(({ file }: Target) => file), 'dist/index.js', ...more].map((path) => ({ path })),
  });

  test('passes what is as it should be', () => {
    expect(checkPackage(files(), { test: 'vitest' }, TARGETS)).toEqual([]);
  });

  test('refuses one that is too large, or that lacks a platform', () => {
    expect(checkPackage({ ...files(), size: 12.1e6 }, {}, TARGETS)).toHaveLength(1);
    expect(checkPackage({ size: 1, files: [] }, {}, TARGETS)).toHaveLength(TARGETS.length);
    expect(checkPackage({ size: 1, files: [] }, {}, [glibc])[0]).toContain(
      `${glibc.file} is not in the package`,
    );
  });

  test.each(['binding.gyp', 'dist/index.js.map', 'test/a.ts'])('refuses one with %s', (file) => {
    expect(checkPackage(files(file), {}, TARGETS)).toEqual([`${file} must not be published`]);
  });

  test.each(['preinstall', 'install', 'postinstall'])('refuses one with a script named %s', (name) => {
    expect(checkPackage(files(), { [name]: 'node x.mjs' }, TARGETS)).toHaveLength(1);
  });
});

// npm runs `prebuild` before a script named `build`, and so on, intended or not.
test('no script is a hook of another only by its name', () => {
  const { scripts } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const names = Object.keys(scripts);
  const hooks = names.filter((name) =>
    names.some((other) => name === `pre${other}` || name === `post${other}`),
  );
  expect(hooks).toEqual([]);
});
