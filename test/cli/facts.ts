import type { AddonFacts, CheckEnd, Facts, Failure } from '../../src/cli/doctor/facts.js';

export const finished: CheckEnd = {
  how: 'finished',
  stage: null,
  signal: null,
  status: 0,
  stderr: '',
  seconds: 2,
};

export const addon: AddonFacts = {
  path: '/app/node_modules/chainrule/prebuilds/linux-x64/chainrule.glibc.node',
  version: '1.2.3',
  simd: 'AVX2',
  instructionSets: ['AVX2', 'SSE4', 'SSSE3', 'SSE2'],
  blas: 'OpenBLAS 0.3.34 Haswell',
  gemm: 'own',
  cpuFeatures: ['sse2', 'ssse3', 'sse4_2', 'avx', 'avx2', 'fma'],
  cpuFeaturesDisabled: [],
  usableCores: 4,
};

const learned = { losses: [0.7, 0.5, 0.001], accuracy: 1 };

/** A machine on which nothing is wrong. */
export function healthy(): Facts {
  return {
    chainrule: { version: '1.2.3', folder: '/app/node_modules/chainrule' },
    runtime: { name: 'Node.js', version: '22.1.0', flags: [] },
    system: { platform: 'linux', arch: 'x64', libc: 'glibc 2.36' },
    cpu: { model: 'A CPU', features: addon.cpuFeatures, featuresDisabled: [], source: 'addon' },
    threads: { cores: 4, affinity: 4, quota: null, usable: 4, used: 4 },
    variables: [],
    engine: { name: 'native', reason: 'the native addon loaded', failure: null, referenceWanted: false },
    addon,
    addonFailure: null,
    training: { chosen: learned, reference: learned },
    speed: {
      chosen: { samplesPerSecond: 400_000, microsecondsPerStep: 320 },
      reference: { samplesPerSecond: 10_000, microsecondsPerStep: 12_800 },
    },
    failures: [],
    check: finished,
    nativeCheck: null,
    rescues: [],
  };
}

/** The same, but the addon does not load and the reference engine replaces it. */
export function withoutAddon(failure: Partial<Failure>): Facts {
  const facts = healthy();
  return {
    ...facts,
    addon: null,
    addonFailure: {
      code: 'ERR_BACKEND',
      message: 'no native addon could be loaded',
      attempts: [],
      demand: null,
      causeCode: null,
      ...failure,
    },
    engine: { ...facts.engine, name: 'reference', reason: 'it stands in' },
    speed: { chosen: facts.speed.reference, reference: facts.speed.reference },
  };
}

/** The same, but native code ended the check. */
export function crashed(end: Partial<CheckEnd>): Facts {
  const facts = healthy();
  return {
    ...facts,
    training: { chosen: null, reference: learned },
    speed: { chosen: null, reference: facts.speed.reference },
    check: { ...finished, how: 'crashed', stage: 'training', signal: 'SIGILL', status: null, ...end },
  };
}
