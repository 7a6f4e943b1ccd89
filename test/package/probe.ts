import { readFileSync } from 'node:fs';
import type { BackendInfo } from '../../src/index.js';
import type { RunResult } from './run.js';

/** What probe.mjs prints. */
export interface Report {
  runtime: string;
  backend: BackendInfo;
  losses: Record<'xor' | 'wide', { auto: number; reference?: number }>;
  native: { code: string; message: string } | null;
  blasLibraries: string[];
}

/** Losses that every report on the same instruction set must have, to the last bit. */
export type Losses = Record<string, { xor: number; wide: number }>;

/** The source text of the probe, which imports or requires chainrule. */
export function program(modules: 'esm' | 'cjs'): string {
  const text = readFileSync(new URL('probe.mjs', import.meta.url), 'utf8');
  if (modules === 'esm') return text;
  const [first, ...rest] = text.split('\n');
  if (first !== "import * as chainrule from 'chainrule';") throw new Error(`probe.mjs begins with ${first}`);
  return ["const chainrule = require('chainrule');", ...rest].join('\n');
}

export function reportOf({ status, stdout, stderr }: RunResult): Report {
  const line = stdout.split('\n').find((each) => each.startsWith('{"runtime"'));
  if (status !== 0 || line === undefined) {
    throw new Error(`the probe ended with ${status} and printed\n${stdout}\n${stderr}`);
  }
  return JSON.parse(line) as Report;
}
