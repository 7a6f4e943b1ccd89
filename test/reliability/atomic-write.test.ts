/** Promise 5: whatever fails, and whenever the power is lost, a file is the old or the new one whole. */

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { writeFileAtomically } from '../../src/formats/atomic-write.js';
import { DISK, type FileSystem } from '../../src/formats/file-system.js';
import { expectRejection } from '../errors.js';
import { CrashDisk } from './crash-disk.js';
import { failAtCall } from './failing-files.js';

const OLD = Buffer.from('what was there before');
const CHUNKS = ['the new content, ', 'in more chunks', ' than one'].map((text) => Buffer.from(text));
const NEW = Buffer.concat(CHUNKS);
const PATH = '/disk/model';

/** What may be found at PATH wherever the power is lost while `write` works, and after it has resolved. */
async function crashContents(disk: CrashDisk, write: () => Promise<void>) {
  const found = { during: new Map<string, string>(), after: new Set<string>(), states: 0 };
  const text = (content: Uint8Array | undefined) =>
    content === undefined ? 'nothing' : Buffer.from(content).toString('latin1');
  disk.onOperation = (operation) => {
    for (const state of disk.crashStates()) {
      found.during.set(text(state.get(PATH)), operation);
      found.states++;
    }
  };
  await write();
  for (const state of disk.crashStates()) found.after.add(text(state.get(PATH)));
  return found;
}

/** A file system on which some calls on open files do nothing. */
function without(files: FileSystem, method: 'sync'): FileSystem {
  return Object.assign(Object.create(files), {
    open: async (...args: Parameters<FileSystem['open']>) =>
      Object.assign(await files.open(...args), { [method]: async () => {} }),
  });
}

describe('a loss of power', () => {
  it.each([
    ['an old file', [OLD.toString(), NEW.toString()]],
    ['no file', ['nothing', NEW.toString()]],
  ])('at any moment of a write over %s leaves it or the new one', async (_, allowed) => {
    const disk = new CrashDisk();
    if (allowed[0] !== 'nothing') disk.put(PATH, OLD);
    const found = await crashContents(disk, () => writeFileAtomically(PATH, CHUNKS, disk));
    expect([...found.during.keys()].sort()).toEqual([...allowed].sort());
    expect([...found.after]).toEqual([NEW.toString()]);
    expect(found.states).toBeGreaterThan(50);
  });

  it('is seen by this test to destroy what is not synced', async () => {
    const disk = new CrashDisk();
    disk.put(PATH, OLD);
    const careless = without(disk, 'sync');
    const found = await crashContents(disk, () => writeFileAtomically(PATH, CHUNKS, careless));
    expect(found.after).toContain(OLD.toString());
    expect(found.after).toContain('');
    expect(found.after).toContain(NEW.toString().slice(0, NEW.length >> 1));
  });
});

describe('a call that fails', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chainrule-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it.each(['EIO', 'ENOSPC', 'EACCES'])(
    'with %s leaves the old file or the new one, and no other',
    async (code) => {
      const path = join(folder, 'model');
      const failures: string[] = [];
      for (let k = 1; ; k++) {
        await writeFile(path, OLD);
        const { files, failed } = failAtCall(DISK, k, code);
        const result = writeFileAtomically(path, CHUNKS, files);
        const outcome = await result.then(
          () => 'written',
          () => 'refused',
        );
        const call = failed();
        if (call === undefined) break;
        const content = await readFile(path);
        // What says that nothing was written has written nothing, but for the sync that comes after the rename.
        const isNew = content.equals(NEW);
        expect(isNew || content.equals(OLD)).toBe(true);
        if (outcome === 'written') expect(isNew).toBe(true);
        else {
          await expectRejection(result, 'ERR_FILE', `${path} could not be written: ${code}: injected`);
          if (isNew) expect(call).toBe('file.sync');
        }
        expect(await readdir(folder)).toEqual(['model']);
        failures.push(`${call}: ${outcome}`);
      }
      expect(failures).toEqual(expect.arrayContaining(['open: refused', 'file.writeFile: refused']));
      expect(failures.filter((failure) => failure === 'file.sync: refused')).toHaveLength(2);
      expect(failures).toContain('rename: refused');
      expect(failures).toContain('readdir: written');
    },
  );
});
