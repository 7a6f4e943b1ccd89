import { describe, expect, test } from 'vitest';
import { affinityCount, cgroupQuota } from '../../src/cli/doctor/cpu-limits.js';
import { cpuFacts } from '../../src/cli/doctor/machine.js';
import { variableFacts } from '../../src/cli/doctor/variables.js';

const reading = (files: Record<string, string>) => (file: string) => files[file] ?? null;

describe('the affinity mask', () => {
  test.each([
    ['0-3', 4],
    ['2', 1],
    ['0-1,4,8-11', 7],
  ])('%s has %i CPUs', (list, count) => {
    const status = `Name:\tnode\nCpus_allowed:\tff\nCpus_allowed_list:\t${list}\nMems_allowed:\t1\n`;
    expect(affinityCount(reading({ '/proc/self/status': status }))).toBe(count);
  });

  test('is unknown without /proc', () => {
    expect(affinityCount(reading({}))).toBeNull();
  });
});

describe("the cgroup's quota", () => {
  test('is the lowest of the group and its ancestors', () => {
    const files = {
      '/proc/self/cgroup': '0::/a/b\n',
      '/sys/fs/cgroup/a/b/cpu.max': '400000 100000\n',
      '/sys/fs/cgroup/a/cpu.max': '150000 100000\n',
      '/sys/fs/cgroup/cpu.max': 'max 100000\n',
    };
    expect(cgroupQuota(reading(files))).toBe(1.5);
  });

  test('is read from cgroups v1, too', () => {
    const files = {
      '/proc/self/cgroup': '5:cpuset:/x\n4:cpu,cpuacct:/docker/1\n0::/\n',
      '/sys/fs/cgroup/cpu,cpuacct/docker/1/cpu.cfs_quota_us': '50000\n',
      '/sys/fs/cgroup/cpu,cpuacct/docker/1/cpu.cfs_period_us': '100000\n',
      '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '-1\n',
      '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000\n',
    };
    expect(cgroupQuota(reading(files))).toBe(0.5);
  });

  test('is null if none is set', () => {
    const files = { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': 'max 100000\n' };
    expect(cgroupQuota(reading(files))).toBeNull();
    expect(cgroupQuota(reading({}))).toBeNull();
  });
});

test("the CPU's features come from /proc/cpuinfo without an addon", () => {
  const { features, source } = cpuFacts(
    reading({ '/proc/cpuinfo': 'flags\t\t: fpu sse2 avx2 fma avx512f\n' }),
  );
  expect({ features, source }).toEqual({
    features: ['sse2', 'fma', 'avx2', 'avx512f'],
    source: '/proc/cpuinfo',
  });
  expect(cpuFacts(reading({}))).toMatchObject({ features: null, source: null });
});

test('variables that are set are listed with what they do', () => {
  const variables = variableFacts({
    PATH: '/usr/bin',
    CHAINRULE_SIMD: 'AVX2',
    CHAINRULE_ADDON: '',
    CHAINRULE_BACKNED: 'native',
    CHAINRULE_QUICHE: '1',
    OPENBLAS_NUM_THREADS: '4',
    OPENBLAS_OTHER: '1',
  });
  expect(variables.map(({ name, known, meant }) => [name, known, meant])).toEqual([
    ['CHAINRULE_BACKNED', false, 'CHAINRULE_BACKEND'],
    ['CHAINRULE_QUICHE', false, null],
    ['CHAINRULE_SIMD', true, null],
    ['OPENBLAS_NUM_THREADS', true, null],
    ['OPENBLAS_OTHER', true, null],
  ]);
  expect(variables[2].effect).toBe('forces the kernels for AVX2');
});
