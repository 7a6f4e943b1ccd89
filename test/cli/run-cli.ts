import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ChildResult } from '../child.js';

export const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** Runs the built command line, without the variables that concern it other than those of `env`. */
export function runCli(
  args: string[],
  env: Record<string, string> = {},
  nodeArguments: string[] = [],
  cwd?: string,
): Promise<ChildResult> {
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(CHAINRULE|OPENBLAS)_|^NODE_OPTIONS$/.test(name)),
  );
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [...nodeArguments, cli, ...args],
      { cwd, env: { ...inherited, ...env }, timeout: 60_000, maxBuffer: 1 << 24 },
      (error, stdout, stderr) => {
        const status = error ? (error.signal ?? error.code ?? null) : 0;
        resolve({ status, stdout, stderr });
      },
    );
  });
}

/** Whether there is a C compiler, for addons that misbehave. */
export function hasCompiler(): boolean {
  try {
    execFileSync('cc', ['--version'], { stdio: 'ignore' });
    return process.platform !== 'win32';
  } catch {
    return false;
  }
}

/** Compiles C code to an addon in a new folder. */
export function compileAddon(code: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'chainrule-cli-'));
  const [source, addon] = [join(folder, 'addon.c'), join(folder, 'addon.node')];
  writeFileSync(source, code);
  const undefinedSymbols = process.platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : [];
  execFileSync('cc', ['-shared', '-fPIC', ...undefinedSymbols, '-o', addon, source, '-ldl']);
  return addon;
}
