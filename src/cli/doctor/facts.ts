/** What `chainrule doctor` finds out: the types of its report, exactly as `--json` prints it. */

import type { BackendName } from '../../engine/contract.js';

/** What `chainrule doctor --json` prints. A value that could not be found out is null. */
export interface DoctorReport extends Facts {
  /** Whether nothing is wrong: no finding is a problem. The exit status is 0 then, else 1. */
  ok: boolean;
  findings: Finding[];
}

/**
 * One finding. 'problem': something is wrong; 'warning': it works, but not as well as it could; 'note': the
 * user asked for it; 'ok': it was checked and works.
 */
export interface Finding {
  severity: 'ok' | 'note' | 'warning' | 'problem';
  /** What it is, in a sentence or two. */
  message: string;
  /** How to fix it, one sentence each; empty if nothing needs to be done. */
  remedies: string[];
}

/** Everything that the findings are drawn from. */
export interface Facts {
  chainrule: {
    version: string;
    /** The folder of the package. */
    folder: string;
  };
  runtime: {
    name: 'Node.js' | 'Bun' | 'Deno';
    version: string;
    /** The flags it was started with, those of NODE_OPTIONS too. */
    flags: string[];
  };
  system: {
    /** As `process.platform` and `process.arch`. */
    platform: string;
    arch: string;
    /** The C library of this runtime: on Linux 'glibc 2.36' or 'musl', elsewhere null. */
    libc: string | null;
  };
  cpu: CpuFacts;
  threads: ThreadFacts;
  /** The variables that are set and concern chainrule. */
  variables: Variable[];
  engine: {
    /** What backend: 'auto' chooses here; null if it throws, or if the check did not get that far. */
    name: BackendName | null;
    /** Why, in a sentence. */
    reason: string | null;
    /** What choosing threw. */
    failure: Failure | null;
    /** Whether CHAINRULE_BACKEND asks for the reference engine. */
    referenceWanted: boolean;
  };
  /** The native addon, whether or not it was chosen; null if none loads. */
  addon: AddonFacts | null;
  /** Why no addon loads; null if one does, or if the check did not get that far. */
  addonFailure: Failure | null;
  /** The same tiny training on both engines. */
  training: { chosen: TrainingResult | null; reference: TrainingResult | null };
  /** 784-128-10 in batches of 128. */
  speed: { chosen: SpeedResult | null; reference: SpeedResult | null };
  /** The parts that threw, other than those above. */
  failures: { stage: Stage; failure: Failure }[];
  /** How the process ended that ran all this. */
  check: CheckEnd;
  /** The same for the process that tried the native engine, if CHAINRULE_BACKEND asks for the reference one. */
  nativeCheck: CheckEnd | null;
  /** What was tried after a crash of native code, and whether it helped. */
  rescues: Rescue[];
}

export interface CpuFacts {
  model: string | null;
  /** Features that kernels need, by Linux's names, that the CPU has and the system has enabled. */
  features: string[] | null;
  /** Features that the CPU has and the system has not enabled. */
  featuresDisabled: string[] | null;
  /** The source of this information. */
  source: 'addon' | '/proc/cpuinfo' | null;
}

export interface ThreadFacts {
  /** Logical cores that the system shows. */
  cores: number;
  /** How many of them the affinity mask allows. */
  affinity: number | null;
  /** CPUs that a cgroup's quota allows, e.g. 1.5; null without a quota. */
  quota: number | null;
  /** How many chainrule believes it may use. */
  usable: number;
  /** The most threads that a training step of the chosen engine uses. */
  used: number | null;
}

export interface Variable {
  name: string;
  value: string;
  /** What it does, in a few words. */
  effect: string;
  /** Whether any program reads it. */
  known: boolean;
  /** The name that was probably meant, if nothing reads this one. */
  meant: string | null;
}

/** What the addon says about itself. null: it does not say. */
export interface AddonFacts {
  /** Absolute. */
  path: string;
  /** The version of chainrule it was compiled from. */
  version: string | null;
  /** The instruction set of its kernels, chosen or forced by CHAINRULE_SIMD. */
  simd: string | null;
  /** Those that this CPU has kernels for, best first. */
  instructionSets: string[] | null;
  /** Name, version and kernel family, or 'none'. */
  blas: string | null;
  /** What computes the matrix products: 'own' kernels or 'openblas'. */
  gemm: string | null;
  cpuFeatures: string[] | null;
  cpuFeaturesDisabled: string[] | null;
  usableCores: number | null;
}

/** Something that was thrown. */
export interface Failure {
  code: string | null;
  message: string;
  /** Files that were tried for the addon, with absolute paths, and the result of each. */
  attempts: { path: string; problem: string }[];
  /** The variable that asks for an addon or kernels that are not available. */
  demand: string | null;
  /** The code of the underlying error, e.g. 'ERR_DLOPEN_FAILED'; null if there was no addon at all. */
  causeCode: string | null;
}

export interface TrainingResult {
  /** Mean loss of each epoch. */
  losses: number[];
  /** Fraction of the rows predicted correctly afterwards. */
  accuracy: number;
}

export interface SpeedResult {
  samplesPerSecond: number;
  microsecondsPerStep: number;
}

export const STAGES = ['reference', 'addon', 'engine', 'training', 'speed'] as const;
/** One part of the check. Its results are printed before the next begins, so a crash loses only its own. */
export type Stage = (typeof STAGES)[number];

export interface CheckEnd {
  /** 'refused': the process could not be started. */
  how: 'finished' | 'crashed' | 'timedOut' | 'exited' | 'refused';
  /** The part that it ended in; null before the first and after the last. */
  stage: Stage | null;
  /** 'SIGILL' and so on; on Windows the name of the exception. */
  signal: string | null;
  status: number | null;
  /** The last lines that it wrote to stderr, if it did not finish. */
  stderr: string;
  seconds: number;
}

export interface Rescue {
  variable: string;
  /** null: the variable was unset. */
  value: string | null;
  /** Whether the native engine loaded and trained with it. */
  works: boolean;
}
