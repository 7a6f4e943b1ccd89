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
