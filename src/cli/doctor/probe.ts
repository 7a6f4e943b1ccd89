/**
 * The check itself: loads the native addon, trains, measures. It runs in a separate process (`run-check.ts`),
 * because native code on the wrong machine may end its process in any way, or never return.
 */

import { writeSync } from 'node:fs';
import { Argument, Command } from 'commander';
import type { AddonError } from '../../engine/native/addon-error.js';
import { loadAddon } from '../../engine/native/load-addon.js';
import { library } from '../shared/library.js';
import {
  type AddonFacts,
  type Failure,
  type SpeedResult,
  STAGES,
  type Stage,
  type TrainingResult,
} from './facts.js';

/** What a stage finds. */
export interface StageResults {
  reference: { training: TrainingResult; speed: SpeedResult };
  addon: AddonFacts;
  engine: { name: 'native' | 'reference'; reason: string; threads: number };
  training: TrainingResult;
  speed: SpeedResult;
}

/** One line that the process prints. */
export type ProbeLine =
  | { stage: Stage; state: 'begun' }
  | { stage: Stage; state: 'found'; result: StageResults[Stage] }
  | { stage: Stage; state: 'failed'; failure: Failure };

type Choice = 'auto' | 'reference';

const STAGE_BODIES: { [S in Stage]: () => StageResults[S] | Promise<StageResults[S]> } = {
  // First, because it needs no native code: the later stages may crash.
  reference: async () => ({ training: await learnXor('reference'), speed: await measure('reference', 300) }),
  addon: describeAddon,
  engine: describeEngine,
  training: () => learnXor('auto'),
  speed: () => measure('auto', 1000),
};

/** `chainrule probe STAGE...`, for `doctor` and `build`: a line of JSON as each stage begins and ends. */
export function probeCommand(): Command {
  return new Command('probe')
    .addArgument(new Argument('<stages...>', 'the parts of the check').choices(STAGES))
    .action(async (stages: Stage[]) => {
      for (const stage of stages) await runStage(stage);
    });
}

async function runStage(stage: Stage): Promise<void> {
  print({ stage, state: 'begun' });
  try {
    print({ stage, state: 'found', result: await STAGE_BODIES[stage]() });
  } catch (error) {
    print({ stage, state: 'failed', failure: toFailure(error) });
  }
}

/** Written when this returns, whatever happens to the process afterwards. */
function print(line: ProbeLine): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}

function toFailure(error: unknown): Failure {
  // AddonError has the attempts and the demand. Its class may be the one in the library's own bundle.
  const { message, attempts, demand, cause } = (error ?? {}) as Partial<AddonError>;
  return {
    code: codeOf(error),
    message: message ?? String(error),
    attempts: [...(attempts ?? [])],
    demand: demand ?? null,
    causeCode: codeOf(cause),
  };
}

function codeOf(error: unknown): string | null {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return code === undefined ? null : String(code);
}

/** The addon's exports about itself, read directly, because the library shows only some of them. */
function describeAddon(): AddonFacts {
  const { addon, path } = loadAddon();
  const told = addon as Partial<AddonFacts>;
  return {
    // Only exports given to useAddon, which nothing calls here, have none.
    path: path as string,
    version: told.version ?? null,
    simd: told.simd ?? null,
    instructionSets: told.instructionSets ?? null,
    blas: told.blas ?? null,
    gemm: told.gemm ?? null,
    cpuFeatures: told.cpuFeatures ?? null,
    cpuFeaturesDisabled: told.cpuFeaturesDisabled ?? null,
    usableCores: told.usableCores ?? null,
  };
}

async function describeEngine(): Promise<StageResults['engine']> {
  const { Network } = await library();
  using network = new Network({ inputSize: 1, layers: [{ units: 1 }], seed: 1 });
  const { name, reason, threads } = network.backend;
  return { name, reason, threads };
}

/** XOR, which needs a hidden layer: small enough for any machine, and wrong at once if a kernel is wrong. */
async function learnXor(backend: Choice): Promise<TrainingResult> {
  const x = [0, 0, 0, 1, 1, 0, 1, 1];
  const y = [0, 1, 1, 0];
  const { Network } = await library();
  using network = new Network({
    inputSize: 2,
    layers: [
      { units: 8, activation: 'tanh' },
      { units: 1, activation: 'sigmoid' },
    ],
    optimizer: { kind: 'adam', learningRate: 0.1 },
    seed: 1,
    backend,
  });
  const { epochs } = await network.fit(x, y, { epochs: 100, batchSize: 4 });
  const { accuracy } = network.evaluate(x, y) as { accuracy: number };
  return { losses: epochs.map(({ loss }) => loss), accuracy };
}

/** Trains 784-128-10 for that long; every epoch is one batch of 128 rows. */
async function measure(backend: Choice, maxTimeMs: number): Promise<SpeedResult> {
  const { Dataset, Network } = await library();
  const [rows, inputs, classes] = [128, 784, 10];
  const x = new Float32Array(rows * inputs).map((_, i) => Math.sin(i * i));
  const y = new Int32Array(rows).map((_, i) => i % classes);
  using network = new Network({
    inputSize: inputs,
    layers: [
      { units: 128, activation: 'relu' },
      { units: classes, activation: 'softmax' },
    ],
    seed: 1,
    backend,
  });
  using data = new Dataset(x, y, { inputSize: inputs });
  // The first step starts threads, touches memory for the first time and includes compilation.
  const first = await network.fit(data, { batchSize: rows });
  const later = await network.fit(data, { epochs: 1e6, batchSize: rows, maxTimeMs });
  const { epochs } = later.epochs.length > 0 ? later : first;
  const seconds = epochs.map((epoch) => epoch.seconds).sort((a, b) => a - b);
  const median = seconds[seconds.length >> 1];
  return { samplesPerSecond: rows / median, microsecondsPerStep: median * 1e6 };
}
