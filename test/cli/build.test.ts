import { mkdtempSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { excerptOf } from '../../src/cli/build/compile.js';
import { findTools } from '../../src/cli/build/requirements.js';
import { runCli } from './run-cli.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const canCompile = findTools(root).missing === null;
const freshFolder = () => mkdtempSync(join(tmpdir(), 'chainrule-cli-'));

/** A folder for PATH with these programs, which are all links to node. */
function pathWith(...programs: string[]): string {
  const folder = freshFolder();
  for (const name of programs) symlinkSync(process.execPath, join(folder, name));
  return folder;
}

describe('requirements of compiling', () => {
  test('are all named at once, with the commands that install them', () => {
    const { missing } = findTools(freshFolder(), { PATH: pathWith('apt-get') });
    expect(missing).toEqual({
      what: ['a C++ compiler', 'CMake', 'make or ninja', "Highway's headers"],
      install: [
        'apt-get install -y g++ cmake make libhwy-dev   # Debian, Ubuntu',
        expect.stringContaining('CHAINRULE_HIGHWAY=FOLDER'),
      ],
    });
  });

  test('are named for every package manager if none is found', () => {
    const { missing } = findTools(freshFolder(), { PATH: pathWith('g++', 'ninja') });
    expect(missing!.what).toEqual(['CMake', "Highway's headers"]);
    expect(missing!.install.map((line) => line.split(' ')[0])).toEqual([
      'apt-get',
      'apk',
      'dnf',
      'brew',
      "Highway's",
    ]);
  });

  test('may include a compiler named by CXX', () => {
    const { missing } = findTools(freshFolder(), { PATH: pathWith(), CXX: 'zig c++' });
    expect(missing!.what).not.toContain('a C++ compiler');
  });
});

test("the shown part of a compiler's output begins at the first error", () => {
  const lines = Array.from({ length: 100 }, (_, i) => `[${i}] Building`);
  const text = [...lines, 'a.cc:1: error: no', 'a.cc:1: note: here', 'ERR! OMG     at run (x.js:1)'].join(
    '\n',
  );
  expect(excerptOf(text)).toBe('a.cc:1: error: no\na.cc:1: note: here');
  expect(excerptOf(lines.join('\n')).split('\n')).toHaveLength(30);
});

describe('chainrule build', () => {
  test('names what is missing', async () => {
    const { status, stdout, stderr } = await runCli(['build'], { PATH: pathWith('apt-get') });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(
      /^chainrule: to compile the native engine, this is missing: a C\+\+ compiler, CMake/,
    );
    expect(stderr).toContain('\n  apt-get install -y g++ cmake make');
  });

  test.skipIf(!canCompile)('says at once if it cannot write (needs CMake)', async () => {
    const file = join(freshFolder(), 'file');
    writeFileSync(file, '');
    const { status, stderr } = await runCli(['build', '--out', join(file, 'chainrule.node')]);
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^chainrule: .*file cannot be written to \(\w+\); name another place with --out FILE\n$/,
    );
  });

  test.skipIf(!canCompile)('shows what the compiler said if it fails (needs CMake)', async () => {
    const out = freshFolder();
    const compiler = join(pathWith('not-a-compiler'), 'not-a-compiler');
    const { status, stdout, stderr } = await runCli(['build', '--out', join(out, 'chainrule.node')], {
      CXX: compiler,
    });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/compiling failed; the whole output is in \S+build\.log\n\n.*error/i);
    // No partial file is left.
    expect(readdirSync(out)).toEqual([]);
  });
});
