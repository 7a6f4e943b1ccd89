/**
 * The system calls that files are read and written with, so that tests can put a disk that fails or loses power in
 * their place. Those of node:fs/promises fit.
 */

import { mkdir, open, readdir, readlink, realpath, rename, stat, unlink } from 'node:fs/promises';

/** What is known of a file without reading it. */
export interface FileStats {
  size: number;
  mode: number;
  mtimeMs: number;
  isFile(): boolean;
  isDirectory(): boolean;
}

/** An open file or folder. */
export interface OpenFile {
  read(bytes: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesRead: number }>;
  /** Writes all of the bytes behind those that are already written. */
  writeFile(bytes: Uint8Array): Promise<void>;
  stat(): Promise<FileStats>;
  chmod(mode: number): Promise<void>;
  /** Resolves when what was written, or the names in a folder, survive a loss of power. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface FileSystem {
  open(path: string, flags: string | number, mode?: number): Promise<OpenFile>;
  stat(path: string): Promise<FileStats>;
  realpath(path: string): Promise<string>;
  readlink(path: string): Promise<string>;
  readdir(path: string): Promise<string[]>;
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  mkdir(path: string): Promise<unknown>;
}

/** The disk of this machine. */
export const DISK: FileSystem = { open, stat, realpath, readlink, readdir, rename, unlink, mkdir };

/** The code of a failed system call, such as 'ENOENT'. */
export function systemCode(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}
