import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Gives the run a temporary folder of its own, which its tests and their children use, and removes it afterwards. */
export function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'chainrule-tests-'));
  const outside = process.env.TMPDIR;
  process.env.TMPDIR = folder;
  return () => {
    if (outside === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = outside;
    rmSync(folder, { recursive: true, force: true });
  };
}
