import { describe, expect, test } from 'vitest';
import type { Facts, Finding } from '../../src/cli/doctor/facts.js';
import { findingsOf } from '../../src/cli/doctor/findings.js';
import { crashed, finished, healthy, withoutAddon } from './facts.js';

function only(severity: Finding['severity'], facts: Facts): Finding {
  const findings = findingsOf(facts).filter((finding) => finding.severity !== 'ok');
  expect(findings.map((finding) => finding.severity)).toEqual([severity]);
  return findings[0];
}

const absent = (path: string) => ({ path, problem: 'not found' });

describe('if nothing is wrong', () => {
  test('every finding is ok', () => {
    const findings = findingsOf(healthy());
    expect(findings.map(({ severity }) => severity)).toEqual(['ok', 'ok']);
    expect(findings[0].message).toContain('agrees with the reference engine');
    expect(findings[1].message).toContain('40 times');
  });

  test('the worst comes first', () => {
    const facts = withoutAddon({ causeCode: 'ERR_DLOPEN_DISABLED' });
    facts.runtime.flags = ['--no-addons'];
    facts.threads.usable = 1;
    const unknown = { name: 'CHAINRULE_X', value: '1', effect: '', known: false, meant: null };
    facts.variables = [unknown];
    const severities = findingsOf(facts).map(({ severity }) => severity);
    expect(severities).toEqual(['problem', 'warning', 'note', 'ok']);
  });
});

describe('an addon that does not load', () => {
  test('is forbidden by --no-addons', () => {
    const facts = withoutAddon({ causeCode: 'ERR_DLOPEN_DISABLED' });
    facts.runtime.flags = ['--no-addons'];
    const { message, remedies } = only('problem', facts);
    expect(message).toContain('started with --no-addons');
    expect(message).toContain('The reference engine');
    expect(remedies[0]).toContain('without --no-addons');
  });

  test("is forbidden by Node's permissions", () => {
    const facts = withoutAddon({ causeCode: 'ERR_DLOPEN_DISABLED' });
    facts.runtime.flags = ['--permission', '--allow-fs-read=*'];
    expect(only('problem', facts).remedies).toEqual(['Start node with --allow-addons.']);
  });

  test('is not there', () => {
    const facts = withoutAddon({ attempts: [absent('/app/a.node'), absent('/app/prebuilds/linux-x64')] });
    const { message, remedies } = only('problem', facts);
    expect(message).toContain('linux-x64 with glibc 2.36 is not in the package');
    expect(remedies.join(' ')).toMatch(/Reinstall.*npx chainrule build/);
  });

  test('has not been built yet, in a clone', () => {
    const facts = withoutAddon({ attempts: [absent('/clone/build/Release/chainrule.node')] });
    facts.chainrule.folder = '/clone';
    expect(only('problem', facts).remedies).toEqual([expect.stringContaining('npm run build:native')]);
  });

  test('does not exist for this platform', () => {
    const facts = withoutAddon({ attempts: [absent('/app/a.node')] });
    facts.system = { platform: 'linux', arch: 'riscv64', libc: 'musl' };
    const { message, remedies } = only('problem', facts);
    expect(message).toContain('no native addon for linux-riscv64 with musl');
    expect(remedies).toEqual([expect.stringContaining('npx chainrule build')]);
  });

  test('is named by CHAINRULE_ADDON and does not exist', () => {
    const facts = withoutAddon({
      demand: 'CHAINRULE_ADDON',
      causeCode: 'ENOENT',
      attempts: [absent('/x.node')],
    });
    facts.engine = { ...facts.engine, name: null, failure: facts.addonFailure };
    const { message, remedies } = only('problem', facts);
    expect(message).toContain('names a file that is not there: /x.node');
    expect(message).toContain('making a network throws');
    expect(remedies[0]).toContain('Unset CHAINRULE_ADDON');
  });

  test('is named by CHAINRULE_ADDON and is something else', () => {
    const attempts = [{ path: '/x.node', problem: '/x.node: invalid ELF header\nmore' }];
    const facts = withoutAddon({ demand: 'CHAINRULE_ADDON', causeCode: 'ERR_DLOPEN_FAILED', attempts });
    expect(only('problem', facts).message).toContain('cannot be used: invalid ELF header (/x.node).');
  });

  test('has no kernels of the name in CHAINRULE_SIMD', () => {
    const attempts = [{ path: '/x.node', problem: "CHAINRULE_SIMD: this CPU has no kernels named 'AVX9'" }];
    const facts = withoutAddon({ demand: 'CHAINRULE_SIMD', causeCode: 'CHAINRULE_SIMD', attempts });
    facts.variables = [{ name: 'CHAINRULE_SIMD', value: 'AVX9', effect: '', known: true, meant: null }];
    const { message, remedies } = only('problem', facts);
    expect(message).toContain('no kernels for CHAINRULE_SIMD=AVX9: this CPU has no kernels');
    expect(remedies[0]).toContain('Unset CHAINRULE_SIMD');
  });

  test.each([
    ["/lib/libm.so.6: version `GLIBC_2.38' not found (required by /x.node)", 'needs GLIBC_2.38, newer'],
    ['libopenblas.so.0: cannot open shared object file: No such file', 'needs libopenblas.so.0, which'],
    ['/x.node: wrong ELF class: ELFCLASS32', 'cannot be used on linux-x64 with glibc 2.36: wrong ELF class'],
    ['it is of chainrule 1.0.0, expected 1.2.3', 'it is of chainrule 1.0.0, expected 1.2.3 (/x.node)'],
  ])('says %s', (problem, expected) => {
    const attempts = [absent('/a.node'), { path: '/x.node', problem }];
    const { message, remedies } = only('problem', withoutAddon({ attempts, causeCode: 'ERR_DLOPEN_FAILED' }));
    expect(message).toContain(expected);
    expect(remedies.join(' ')).toContain('npx chainrule build');
  });
});

describe('a check that did not finish', () => {
  test('crashed, and a remedy that was tried works', () => {
    const facts = crashed({});
    facts.rescues = [
      { variable: 'CHAINRULE_SIMD', value: 'SSE4', works: false },
      { variable: 'CHAINRULE_SIMD', value: 'SSSE3', works: true },
    ];
    const { message, remedies } = only('problem', facts);
    expect(message).toContain(
      'crashed with SIGILL while it trained a tiny network: the addon uses instructions',
    );
    expect(remedies[0]).toBe('Set CHAINRULE_SIMD=SSSE3: with it the native engine works here.');
    expect(remedies.join(' ')).toContain(
      'CHAINRULE_BACKEND=reference to train without native code; it works here',
    );
    expect(remedies.at(-1)).toContain('Report');
  });

  test('crashed because of a variable', () => {
    const facts = crashed({ stage: 'addon', signal: 'SIGSEGV' });
    facts.rescues = [{ variable: 'OPENBLAS_CORETYPE', value: null, works: true }];
    const { message, remedies } = only('problem', facts);
    expect(message).toContain('crashed with SIGSEGV while it loaded the native addon');
    expect(remedies[0]).toBe('Unset OPENBLAS_CORETYPE: without it the native engine works here.');
  });

  test('crashed, and no remedy that was tried works', () => {
    const facts = crashed({});
    facts.rescues = [{ variable: 'CHAINRULE_SIMD', value: 'SSE4', works: false }];
    expect(only('problem', facts).remedies.join(' ')).not.toContain('SSE4');
  });

  test('hung', () => {
    const facts = crashed({ how: 'timedOut', signal: null, seconds: 20.02, stage: 'speed' });
    const { message, remedies } = only('problem', facts);
    expect(message).toContain('hung while it measured the speed and was stopped after 20 s');
    expect(remedies[0]).toContain('--time-limit');
  });

  test('exited, and its last output is shown', () => {
    const facts = crashed({ how: 'exited', signal: null, status: 1, stderr: 'a\nOpenBLAS : no kernel' });
    expect(only('problem', facts).message).toMatch(/with status 1 while .*It said: OpenBLAS : no kernel/);
  });

  test('could not start', () => {
    const facts = crashed({ how: 'refused', signal: null, stderr: 'Access has been restricted' });
    expect(only('problem', facts).remedies).toEqual([expect.stringContaining('--allow-child-process')]);
  });
});

describe('the requested reference engine', () => {
  const asked = (): Facts => {
    const facts = healthy();
    facts.engine = { name: 'reference', reason: 'asked for', failure: null, referenceWanted: true };
    return { ...facts, nativeCheck: finished };
  };

  test('is a note', () => {
    const { message, remedies } = only('note', asked());
    expect(message).toContain('works here too');
    expect(remedies[0]).toContain('Unset CHAINRULE_BACKEND');
  });

  test('is a note if the native engine crashes', () => {
    const nativeCheck = crashed({}).check;
    const { message, remedies } = only('note', { ...asked(), nativeCheck });
    expect(message).toContain('It should stay so for now. The check crashed with SIGILL');
    expect(remedies.join()).not.toContain('Set CHAINRULE_BACKEND');
  });

  test('is a note if no addon loads', () => {
    const { addonFailure } = withoutAddon({ attempts: [absent('/a.node')] });
    expect(only('note', { ...asked(), addon: null, addonFailure }).message).toContain(
      'is not in the package',
    );
  });
});

describe('wrong results', () => {
  test('of a native engine that does not learn', () => {
    const facts = healthy();
    facts.training.chosen = { losses: [0.7, 0.6, 0.5], accuracy: 0.5 };
    const { message, remedies } = only('problem', facts);
    expect(message).toContain('The native engine computes wrong results');
    expect(remedies[0]).toContain('CHAINRULE_BACKEND=reference');
  });

  test.each([
    ['another loss', [0.7, 0.51, 0.001]],
    ['NaN', [0.7, Number.NaN, 0.001]],
    ['an epoch less', [0.7, 0.001]],
  ])('of engines that differ by %s', (_, losses) => {
    const facts = healthy();
    facts.training.chosen = { losses, accuracy: 1 };
    expect(only('problem', facts).message).toContain('The engines disagree');
  });

  test('do not include rounding', () => {
    const facts = healthy();
    facts.training.chosen = { losses: [0.7000001, 0.500001, 0.00100001], accuracy: 1 };
    expect(findingsOf(facts).every(({ severity }) => severity === 'ok')).toBe(true);
  });

  test('of a part that threw', () => {
    const facts = healthy();
    const failure = { code: 'ERR_MEMORY', message: 'no memory', attempts: [], demand: null, causeCode: null };
    facts.failures = [{ stage: 'speed', failure }];
    expect(only('problem', facts).message).toBe('Measuring the speed failed: no memory.');
  });

  test('of a variable that names no engine', () => {
    const facts = healthy();
    const message = "CHAINRULE_BACKEND is 'natve', expected one of 'auto'";
    const failure = { code: 'ERR_OPTION', message, attempts: [], demand: null, causeCode: null };
    facts.engine = { name: null, reason: null, failure, referenceWanted: false };
    facts.training.chosen = null;
    facts.failures = [{ stage: 'training', failure }];
    expect(only('problem', facts).remedies[0]).toContain('Set CHAINRULE_BACKEND');
  });
});

describe('what could be faster', () => {
  test('kernels forced below the best', () => {
    const facts = healthy();
    facts.variables = [{ name: 'CHAINRULE_SIMD', value: 'SSE4', effect: '', known: true, meant: null }];
    facts.addon = { ...facts.addon!, simd: 'SSE4' };
    expect(only('warning', facts).message).toContain(
      'keeps chainrule from the best kernels for this CPU, AVX2',
    );
  });

  test('not kernels forced to what would be chosen anyway', () => {
    const facts = healthy();
    facts.variables = [{ name: 'CHAINRULE_SIMD', value: 'AVX2', effect: '', known: true, meant: null }];
    expect(findingsOf(facts).every(({ severity }) => severity === 'ok')).toBe(true);
  });

  test('a CPU without vectors', () => {
    const facts = healthy();
    facts.addon = { ...facts.addon!, simd: 'SCALAR', instructionSets: ['SCALAR'] };
    expect(only('warning', facts).remedies[0]).toContain('-cpu host');
  });

  test('relevant features that the system has not enabled', () => {
    const facts = healthy();
    facts.cpu.featuresDisabled = ['amx_bf16', 'avx512f'];
    expect(only('warning', facts).message).toContain('The CPU has avx512f, but');
  });

  test('fewer usable cores than the machine has', () => {
    const facts = healthy();
    facts.threads = { cores: 8, affinity: 6, quota: 1.5, usable: 2, used: 2 };
    expect(only('note', facts).message).toBe(
      "chainrule may use 2 of 8 cores: the affinity mask allows 6, the cgroup's quota allows 1.5.",
    );
  });

  test('a native engine as slow as the reference engine', () => {
    const facts = healthy();
    facts.speed.chosen = { samplesPerSecond: 12_000, microsecondsPerStep: 10_000 };
    expect(only('warning', facts).message).toContain('only 1.2 times');
  });

  test('a misspelt variable', () => {
    const facts = healthy();
    const [name, meant] = ['CHAINRULE_BACKNED', 'CHAINRULE_BACKEND'];
    facts.variables = [{ name, value: 'native', effect: '', known: false, meant }];
    expect(only('warning', facts).remedies).toEqual(['Did you mean CHAINRULE_BACKEND?']);
  });

  test('an old Node', () => {
    const facts = healthy();
    facts.runtime.version = '18.20.1';
    expect(only('problem', facts).message).toContain('This is Node.js 18.20.1');
  });
});
