/**
 * A disk in memory that loses power. What was written and not synced may be there, in part or not at all, and names in
 * a folder that were not synced may be the old or the new ones. POSIX promises no more; most file systems do.
 */

import type { FileStats, FileSystem, OpenFile } from '../../src/formats/file-system.js';

interface Inode {
  content: Uint8Array;
  /** What survives a loss of power for certain. */
  synced: Uint8Array;
  mode: number;
}

/** A change of names: name to file, or to none. All of it happens or nothing. */
type Change = ReadonlyMap<string, Inode | undefined>;

/** What a disk may hold after a loss of power: the content of each file by its path. */
export type CrashState = ReadonlyMap<string, Uint8Array>;

/** Places where a write may be torn. */
const PARTS = 12;
const MODE = 0o666 & ~0o022;

export class CrashDisk implements FileSystem {
  /** The names as programs see them, by path. All are in one folder. */
  private readonly names = new Map<string, Inode>();
  private readonly syncedNames = new Map<string, Inode>();
  private pending: Change[] = [];
  /** Called after each operation that changes something; its name is for messages. */
  onOperation: (operation: string) => void = () => {};

  constructor(readonly folder = '/disk') {}

  /** A file that has been there for long. */
  put(path: string, content: Uint8Array, mode = MODE): void {
    const inode = { content, synced: content, mode };
    this.names.set(path, inode);
    this.syncedNames.set(path, inode);
  }

  /** What a program sees, without a loss of power. */
  contents(): CrashState {
    return new Map(Array.from(this.names, ([path, { content }]) => [path, content]));
  }

  /** Everything that may be there after a loss of power now. */
  *crashStates(): Generator<CrashState> {
    for (let kept = 0; kept < 2 ** this.pending.length; kept++) {
      const names = new Map(this.syncedNames);
      this.pending.forEach((change, i) => {
        if (kept & (1 << i)) apply(change, names);
      });
      yield* combinations([...names].map(([path, inode]) => [path, survivors(inode)]));
    }
  }

  /** A disk as it is after such a loss, for the program that starts next. */
  static after(state: CrashState, folder?: string): CrashDisk {
    const disk = new CrashDisk(folder);
    for (const [path, content] of state) disk.put(path, content);
    return disk;
  }

  async open(path: string, flags: string | number, mode = MODE): Promise<OpenFile> {
    if (path === this.folder) return this.openFolder();
    let inode = this.names.get(path);
    if (flags === 'wx') {
      if (inode !== undefined) throw systemError('EEXIST', path);
      inode = { content: new Uint8Array(0), synced: new Uint8Array(0), mode: mode & ~0o022 };
      this.change(new Map([[path, inode]]), 'create');
    }
    if (inode === undefined) throw systemError('ENOENT', path);
    return this.openInode(inode);
  }

  async stat(path: string): Promise<FileStats> {
    if (path === this.folder) return FOLDER_STATS;
    return statsOf(this.find(path));
  }

  async realpath(path: string): Promise<string> {
    if (path !== this.folder) this.find(path);
    return path;
  }

  async readlink(path: string): Promise<string> {
    throw systemError('EINVAL', path);
  }

  async readdir(path: string): Promise<string[]> {
    return Array.from(this.names.keys(), (name) => name.slice(path.length + 1));
  }

  async rename(from: string, to: string): Promise<void> {
    const inode = this.find(from);
    this.change(
      new Map([
        [to, inode],
        [from, undefined],
      ]),
      'rename',
    );
  }

  async unlink(path: string): Promise<void> {
    this.find(path);
    this.change(new Map([[path, undefined]]), 'unlink');
  }

  /** The only folder is there. */
  async mkdir(path: string): Promise<undefined> {
    throw systemError('EEXIST', path);
  }

  private find(path: string): Inode {
    const inode = this.names.get(path);
    if (inode === undefined) throw systemError('ENOENT', path);
    return inode;
  }

  private change(change: Change, operation: string): void {
    apply(change, this.names);
    this.pending.push(change);
    this.onOperation(operation);
  }

  private openInode(inode: Inode): OpenFile {
    return {
      read: async (bytes, offset, length, position) => {
        const part = inode.content.subarray(position, position + length);
        bytes.set(part, offset);
        return { bytesRead: part.length };
      },
      writeFile: async (bytes) => {
        inode.content = Uint8Array.from([...inode.content, ...bytes]);
        this.onOperation('write');
      },
      stat: async () => statsOf(inode),
      chmod: async (mode) => {
        inode.mode = mode;
      },
      sync: async () => {
        inode.synced = inode.content;
        this.onOperation('sync');
      },
      close: async () => {},
    };
  }

  private openFolder(): OpenFile {
    const refuse = async () => {
      throw systemError('EISDIR', this.folder);
    };
    return {
      read: refuse,
      writeFile: refuse,
      chmod: refuse,
      stat: async () => FOLDER_STATS,
      sync: async () => {
        for (const change of this.pending) apply(change, this.syncedNames);
        this.pending = [];
        this.onOperation('sync of the folder');
      },
      close: async () => {},
    };
  }
}

function apply(change: Change, names: Map<string, Inode>): void {
  for (const [path, inode] of change) {
    if (inode === undefined) names.delete(path);
    else names.set(path, inode);
  }
}

/**
 * What may be left of a file: what was synced and any part of the rest, also rest of which only the length has
 * reached the disk, or the end without the beginning.
 */
function survivors({ content, synced }: Inode): Uint8Array[] {
  if (content === synced) return [content];
  const rest = content.length - synced.length;
  const lengths = new Set([1, rest - 1].filter((length) => length >= 0));
  for (let part = 0; part <= PARTS; part++) lengths.add(Math.floor((part * rest) / PARTS));
  const torn = Array.from(lengths, (length) => content.slice(0, synced.length + length));
  const zeros = new Uint8Array(content.length);
  zeros.set(synced);
  const withHole = zeros.slice();
  withHole.set(content.subarray(synced.length + (rest >> 1)), synced.length + (rest >> 1));
  return [...torn, zeros, withHole];
}

/** Each choice of one content for each file. */
function* combinations(files: [string, Uint8Array[]][]): Generator<CrashState> {
  if (files.length === 0) {
    yield new Map();
    return;
  }
  const [[path, contents], ...others] = files;
  for (const state of combinations(others)) {
    for (const content of contents) yield new Map([...state, [path, content]]);
  }
}

const FOLDER_STATS: FileStats = {
  size: 0,
  mode: 0o755,
  mtimeMs: 0,
  isFile: () => false,
  isDirectory: () => true,
};

function statsOf({ content, mode }: Inode): FileStats {
  return {
    size: content.length,
    mode: 0o100000 | mode,
    mtimeMs: Date.now(),
    isFile: () => true,
    isDirectory: () => false,
  };
}

function systemError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}
