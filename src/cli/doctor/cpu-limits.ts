/** How many CPUs this process may use, according to Linux's /proc and /sys. */

import { readFileSync } from 'node:fs';
import { posix } from 'node:path';

/** The text of a file, or null if it cannot be read. */
export type Read = (file: string) => string | null;

export const readText: Read = (file) => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
};

/** CPUs in the affinity mask, as set by `taskset` and cpusets; null if the system does not tell. */
export function affinityCount(read: Read = readText): number | null {
  const list = read('/proc/self/status')?.match(/^Cpus_allowed_list:\s*(\S+)/m)?.[1];
  if (list === undefined) return null;
  // Such as 0-3,8.
  return list.split(',').reduce((count, range) => {
    const [first, last = first] = range.split('-').map(Number);
    return count + last - first + 1;
  }, 0);
}

/** CPUs that the quotas of this cgroup and its ancestors allow, e.g. 1.5: the lowest; null without a quota. */
export function cgroupQuota(read: Read = readText): number | null {
  const quotas = (read('/proc/self/cgroup') ?? '').split('\n').flatMap((line) => {
    // Such as 0::/user.slice, or in cgroups v1 4:cpu,cpuacct:/docker/1f3a.
    const [, controllers, path] = line.match(/^\d+:([^:]*):(\/.*)$/) ?? [];
    if (path === undefined) return [];
    if (controllers === '') return quotasUpwards('/sys/fs/cgroup', path, read, unifiedQuota);
    if (!controllers.split(',').includes('cpu')) return [];
    return ['cpu', 'cpu,cpuacct'].flatMap((name) =>
      quotasUpwards(`/sys/fs/cgroup/${name}`, path, read, firstVersionQuota),
    );
  });
  return quotas.length === 0 ? null : Math.min(...quotas);
}

function quotasUpwards(root: string, path: string, read: Read, quotaIn: typeof unifiedQuota): number[] {
  const quotas: number[] = [];
  for (let at = path; ; at = posix.dirname(at)) {
    const quota = quotaIn(posix.join(root, at), read);
    if (quota !== null) quotas.push(quota);
    if (at === '/') return quotas;
  }
}

function unifiedQuota(folder: string, read: Read): number | null {
  const [quota, period] = (read(`${folder}/cpu.max`) ?? '').trim().split(' ').map(Number);
  return asCpus(quota, period);
}

function firstVersionQuota(folder: string, read: Read): number | null {
  return asCpus(
    Number(read(`${folder}/cpu.cfs_quota_us`) ?? Number.NaN),
    Number(read(`${folder}/cpu.cfs_period_us`) ?? Number.NaN),
  );
}

/** 'max' and -1 stand for no quota. */
function asCpus(quota: number, period: number): number | null {
  return quota > 0 && period > 0 ? quota / period : null;
}
