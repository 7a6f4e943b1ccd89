import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';

import { writeFileAtomically } from '../../src/formats/atomic-write.js';
import { expectRejection } from '../errors.js';

describe('writeFileAtomically', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chainrule-'));
  });

  it('writes the chunks one after another and leaves nothing else', async () => {
    const path = join(folder, 'file');
    await writeFileAtomically(path, [Buffer.from('one '), new Uint8Array(0), Buffer.from('two')]);
    expect(await readFile(path, 'utf8')).toBe('one two');
    expect(await readdir(folder)).toEqual(['file']);
  });

  it('takes a path in the current folder', async () => {
    const before = process.cwd();
    process.chdir(folder);
    try {
      await writeFileAtomically('file', [Buffer.from('here')]);
    } finally {
      process.chdir(before);
    }
    expect(await readFile(join(folder, 'file'), 'utf8')).toBe('here');
  });

  it.runIf(process.platform !== 'win32')(
    'gives a new file the usual mode and keeps that of an old one',
    async () => {
      const [usual, path] = [join(folder, 'usual'), join(folder, 'file')];
      await writeFile(usual, '');
      await writeFileAtomically(path, [Buffer.from('new')]);
      expect((await stat(path)).mode).toBe((await stat(usual)).mode);
      for (const mode of [0o600, 0o664]) {
        await chmod(path, mode);
        await writeFileAtomically(path, [Buffer.from('newer')]);
        expect((await stat(path)).mode & 0o777).toBe(mode);
      }
    },
  );

  it.runIf(process.platform !== 'win32')('replaces what a link points to, not the link', async () => {
    const [link, path] = [join(folder, 'link'), join(folder, 'file')];
    await writeFile(path, 'old');
    await symlink('file', link);
    await writeFileAtomically(link, [Buffer.from('new')]);
    expect(await readFile(path, 'utf8')).toBe('new');
    expect((await readdir(folder)).sort()).toEqual(['file', 'link']);
  });

  it.runIf(process.platform !== 'win32')('makes the file that a link leads to', async () => {
    await mkdir(join(folder, 'deep', 'down'), { recursive: true });
    await symlink(join('deep', 'down'), join(folder, 'short'));
    const link = join(folder, 'link');
    // From the real folder, '..' is 'deep'.
    await symlink('../file', join(folder, 'short', 'second'));
    await symlink('short/second', link);
    await writeFileAtomically(link, [Buffer.from('new')]);
    expect(await readFile(join(folder, 'deep', 'file'), 'utf8')).toBe('new');
    expect(await readFile(link, 'utf8')).toBe('new');
    expect((await lstat(link)).isSymbolicLink()).toBe(true);

    await symlink('b', join(folder, 'a'));
    await symlink('a', join(folder, 'b'));
    await expectRejection(writeFileAtomically(join(folder, 'a'), []), 'ERR_FILE', 'ELOOP');
    expect((await lstat(join(folder, 'a'))).isSymbolicLink()).toBe(true);
  });

  it('takes a name as long as the file system does', async () => {
    for (const name of ['x'.repeat(255), 'é'.repeat(127), '\u{1f40d}'.repeat(63)]) {
      await writeFileAtomically(join(folder, name), [Buffer.from('long')]);
      await writeFileAtomically(join(folder, name), [Buffer.from('again')]);
      expect(await readFile(join(folder, name), 'utf8')).toBe('again');
    }
    expect(await readdir(folder)).toHaveLength(3);
  });

  it('removes what a killed process has left for the same file, and nothing else', async () => {
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    const [hour, minute] = [new Date(Date.now() - 3_600_000), new Date(Date.now() - 60_000)];
    const put = async (name: string, time: Date) => {
      await writeFile(join(folder, name), 'left');
      await utimes(join(folder, name), time, time);
    };
    const long = 'x'.repeat(255);
    const stale = [`.file.${dead}-0123456789.tmp`, `.file.${process.pid}-abcdefghij.tmp`];
    const kept = [
      `.other.${dead}-0123456789.tmp`,
      `.file.${process.ppid}-0123456789.tmp`,
      `.file.${dead}-012345678.tmp`,
      `.file.${dead}-0123456789.tmp.bak`,
      `.file.${dead}.tmp`,
      `file.${dead}-0123456789.tmp`,
      `.file.x${dead}-0123456789.tmp`,
    ];
    for (const name of [...stale, ...kept]) await put(name, hour);
    await put(`.file.${dead}-9876543210.tmp`, minute);
    await mkdir(join(folder, `.file.${dead}-aaaaaaaaaa.tmp`));
    await writeFileAtomically(join(folder, 'file'), [Buffer.from('new')]);
    expect((await readdir(folder)).sort()).toEqual(
      ['file', ...kept, `.file.${dead}-9876543210.tmp`, `.file.${dead}-aaaaaaaaaa.tmp`].sort(),
    );

    // Of a long name only a part is in that of its temporary file.
    let temporary = '';
    const chunks = async function* () {
      [temporary] = (await readdir(folder)).filter((name) => name.startsWith('.xxx'));
      yield Buffer.from('new');
    };
    await writeFileAtomically(join(folder, long), chunks());
    const left = temporary.replace(`.${process.pid}-`, `.${dead}-`);
    await put(left, hour);
    await writeFileAtomically(join(folder, `${long.slice(1)}y`), []);
    expect(await readdir(folder)).toContain(left);
    await writeFileAtomically(join(folder, long), []);
    expect(await readdir(folder)).not.toContain(left);
  });

  it.runIf(process.platform === 'linux')('refuses to replace a pipe or a device', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    await expectRejection(writeFileAtomically(pipe, []), 'ERR_FILE', 'not a regular file');
    expect((await stat(pipe)).isFIFO()).toBe(true);
    expect(await readdir(folder)).toEqual(['pipe']);
    await expectRejection(writeFileAtomically('/dev/null', []), 'ERR_FILE', 'not a regular file');
  });

  it("replaces a file under Node's permission model", async () => {
    const path = join(folder, 'file');
    const module = new URL('../../dist/index.js', import.meta.url).href;
    const code = `import { Network } from '${module}';
      const network = new Network({ inputSize: 1, layers: [{ units: 1 }], backend: 'reference' });
      await network.save('${path}'); await network.save('${path}');`;
    const flag =
      Number(process.versions.node.split('.')[0]) < 22 ? '--experimental-permission' : '--permission';
    const options = [flag, '--allow-fs-read=*', '--allow-fs-write=*', '--no-warnings'];
    execFileSync(process.execPath, [...options, '--input-type=module', '-e', code], { stdio: 'pipe' });
    expect((await stat(path)).mode & 0o777).toBe(0o666 & ~process.umask());
  });

  it('leaves the old file and nothing else if writing fails', async () => {
    const path = join(folder, 'file');
    await writeFile(path, 'old');
    const chunks = [Buffer.from('new'), 3 as never];
    await expectRejection(writeFileAtomically(path, chunks), 'ERR_FILE', 'could not be written');
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['file']);
  });

  it('says which file cannot be written and why', async () => {
    const path = join(folder, 'missing', 'file');
    const error = await expectRejection(
      writeFileAtomically(path, []),
      'ERR_FILE',
      `${path} could not be written: ENOENT`,
    );
    expect(error.cause).toMatchObject({ code: 'ENOENT' });
    await expectRejection(writeFileAtomically(folder, []), 'ERR_FILE', 'could not be written');
    expect(await readdir(folder)).toEqual([]);
  });
});
