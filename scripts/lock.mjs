/** A lock between processes: a file with the owner's process id. */

import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';

/** No owner needs longer; an older lock is left over, and its process id means nothing here. */
const LONGEST_MS = 30 * 60 * 1000;

/**
 * Runs `body` while holding the lock, after waiting for the current owner.
 *
 * @template T
 * @param {string} file
 * @param {(owner: number) => void} onWait called once, before waiting
 * @param {() => Promise<T>} body
 * @returns {Promise<T>}
 */
export async function withLock(file, onWait, body) {
  mkdirSync(path.dirname(file), { recursive: true });
  for (let waited = false; !tryLock(file); waited = true) {
    const owner = ownerOf(file);
    if (owner === undefined) {
      rmSync(file, { force: true });
      continue;
    }
    if (!waited) onWait(owner);
    await sleep(200);
  }
  try {
    return await body();
  } finally {
    rmSync(file, { force: true });
  }
}

function tryLock(file) {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

/** The process that holds the lock, or undefined if it has ended or released it. */
function ownerOf(file) {
  try {
    if (Date.now() - statSync(file).mtimeMs > LONGEST_MS) return undefined;
    const owner = Number(readFileSync(file, 'utf8'));
    return isRunning(owner) ? owner : undefined;
  } catch {
    return undefined;
  }
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
