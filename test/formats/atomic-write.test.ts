import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
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
