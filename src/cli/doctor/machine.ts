/** What can be told of the machine without any native code of ours. */

import os from 'node:os';
import process from 'node:process';
import { affinityCount, cgroupQuota, type Read, readText } from './cpu-limits.js';
import type { CpuFacts, Facts, ThreadFacts } from './facts.js';

/** Features that kernels of ours or of OpenBLAS ask for: Linux's names, and those that the addon has. */
const PROC_NAMES: Record<string, string> = {
  sse2: 'SSE2',
  ssse3: 'SSSE3',
  sse4_1: 'SSE4.1',
  sse4_2: 'SSE4.2',
  avx: 'AVX',
  avx2: 'AVX2',
  fma: 'FMA',
  avx512f: 'AVX512F',
  avx512bw: 'AVX512BW',
  avx512dq: 'AVX512DQ',
  avx512vl: 'AVX512VL',
  avx512_bf16: 'AVX512_BF16',
  amx_bf16: 'AMX_BF16',
  asimd: 'NEON',
  sve: 'SVE',
  bf16: 'BF16',
};

/** Which program runs this, and with which flags. */
export function runtimeFacts(): Facts['runtime'] {
  const versions: Record<string, string | undefined> = process.versions;
  const flags = [...(process.env.NODE_OPTIONS?.split(' ') ?? []), ...process.execArgv].filter(Boolean);
  if (versions.bun !== undefined) return { name: 'Bun', version: versions.bun, flags };
  if (versions.deno !== undefined) return { name: 'Deno', version: versions.deno, flags };
  return { name: 'Node.js', version: process.versions.node, flags };
}

export function systemFacts(): Facts['system'] {
  return { platform: process.platform, arch: process.arch, libc: libc() };
}

/** What is known of the CPU where no addon tells. Linux lists what it has enabled, so all of it can be used. */
export function cpuFacts(read: Read = readText): CpuFacts {
  const info = read('/proc/cpuinfo') ?? '';
  const flags = info
    .match(/^(?:flags|Features)\s*:(.*)$/m)?.[1]
    .trim()
    .split(/\s+/);
  const features = flags && Object.keys(PROC_NAMES).filter((name) => flags.includes(name));
  return {
    model: cpus()[0]?.model.trim() || null,
    features: features?.map((name) => PROC_NAMES[name]) ?? null,
    featuresDisabled: null,
    source: features === undefined ? null : '/proc/cpuinfo',
  };
}

/** Without what only an engine tells. */
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

function libc(): string | null {
  if (process.platform !== 'linux') return null;
  try {
    const report = process.report as typeof process.report & { excludeNetwork?: boolean };
    // With the network in it, the report looks up the name of every peer and can take seconds.
    report.excludeNetwork = true;
    const { header } = report.getReport() as unknown as { header: { glibcVersionRuntime?: string } };
    return header.glibcVersionRuntime === undefined ? 'musl' : `glibc ${header.glibcVersionRuntime}`;
  } catch {
    return null;
  }
}
