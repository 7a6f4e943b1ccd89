/** What can be found out about the machine without our native code. */

import os from 'node:os';
import process from 'node:process';
import { libc } from '../../engine/native/libc.js';
import { affinityCount, cgroupQuota, type Read, readText } from './cpu-limits.js';
import type { CpuFacts, Facts, ThreadFacts } from './facts.js';

/** Features that kernels need, by Linux's names, which the addon uses too; oldest first. */
const FEATURES = [
  ...['sse2', 'ssse3', 'sse4_1', 'sse4_2', 'avx', 'f16c', 'fma', 'avx2', 'bmi1', 'bmi2'],
  ...['avx512f', 'avx512dq', 'avx512cd', 'avx512bw', 'avx512vl', 'avx512_bf16', 'amx_tile', 'amx_bf16'],
  ...['asimd', 'sve', 'bf16'],
];

/** Which program runs this, and with which flags. */
export function runtimeFacts(): Facts['runtime'] {
  const versions: Record<string, string | undefined> = process.versions;
  const flags = [...(process.env.NODE_OPTIONS?.split(' ') ?? []), ...process.execArgv].filter(Boolean);
  if (versions.bun !== undefined) return { name: 'Bun', version: versions.bun, flags };
  if (versions.deno !== undefined) return { name: 'Deno', version: versions.deno, flags };
  return { name: 'Node.js', version: process.versions.node, flags };
}

export function systemFacts(): Facts['system'] {
  return { platform: process.platform, arch: process.arch, libc: libcName() };
}

/** What is known about the CPU without an addon. Linux lists what it has enabled, so all of it can be used. */
export function cpuFacts(read: Read = readText): CpuFacts {
  const info = read('/proc/cpuinfo') ?? '';
  const flags = info
    .match(/^(?:flags|Features)\s*:(.*)$/m)?.[1]
    .trim()
    .split(/\s+/);
  const features = flags && FEATURES.filter((name) => flags.includes(name));
  return {
    model: cpus()[0]?.model.trim() || null,
    features: features ?? null,
    featuresDisabled: null,
    source: features === undefined ? null : '/proc/cpuinfo',
  };
}

/** Without what only an engine can tell. */
export function threadFacts(): Omit<ThreadFacts, 'used'> {
  return {
    cores: cpus().length,
    affinity: affinityCount(),
    quota: cgroupQuota(),
    usable: os.availableParallelism(),
  };
}

/** Deno refuses without --allow-sys. */
function cpus(): os.CpuInfo[] {
  try {
    return os.cpus();
  } catch {
    return [];
  }
}

function libcName(): string | null {
  const found = process.platform === 'linux' ? libc() : null;
  return found && [found.name, found.version].filter(Boolean).join(' ');
}
