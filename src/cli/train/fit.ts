/** Fits the estimator that the arguments ask for, with progress, until it is done or a signal ends it. */

import process from 'node:process';
import { show } from '../../error.js';
import type { MLPClassifier, MLPRegressor } from '../../index.js';
import { asUsage, inFile } from '../shared/failure.js';
import { LabelledSource } from '../shared/large-file.js';
import { library } from '../shared/library.js';
import type { Notes } from '../shared/notes.js';
import { inWords } from '../shared/read.js';
import { counted } from '../shared/text-table.js';
import { type Checkpoints, lastRecords, resumedText } from './checkpoints.js';
import type { TrainingData } from './data.js';
import type { Interrupt } from './interrupt.js';
import { checkMetric, estimatorOptions, type TrainArguments } from './options.js';
import { startProgress } from './progress/progress.js';
import type { FitState } from './progress/tracker.js';

export type Estimator = MLPClassifier | MLPRegressor;

/** What a fit came to. */
export interface FitResult {
  estimator: Estimator;
  /** Epochs of all networks; null if there was nothing to learn. */
  progress: FitState | null;
  seconds: number;
  /** Which signal ended it, in words; null for none. */
  interruptedBy: string | null;
  checkpoints: Checkpoints | null;
}

/** The training was ended too early for a model. */
export class NoModelError extends Error {
  override readonly name = 'UsageError';
  readonly status: number;

  /** @param status - of the program */
  constructor(stoppedBefore: string, status: number) {
    super(`stopped ${stoppedBefore}: no model was written`);
    this.status = status;
  }
}

/** What a fit has to do with beside its data. */
interface Surroundings {
  notes: Notes;
  interrupt: Interrupt;
  checkpoints: Checkpoints | null;
}

const STOPPING = 'stopping; the best so far is kept (once more ends at once, without a model)';

/** Trains until it is done or interrupted. Throws what the estimator throws, with the file's name. */
export async function fitModel(
  path: string,
  data: TrainingData,
  args: TrainArguments,
  { notes, interrupt, checkpoints }: Surroundings,
): Promise<FitResult> {
  const seed = args.seed ?? checkpoints?.found?.seed ?? randomSeed();
  const estimator = await newEstimator(data, { ...args, seed });
  const how = args.quiet ? 'quiet' : process.stderr.isTTY ? 'bar' : 'lines';
  const { found = null } = checkpoints ?? {};
  if (found !== null) notes.note(resumedText(found));
  const progress = startProgress({
    how,
    timeLimit: args.timeLimit,
    before: found === null ? [] : lastRecords(found),
  });
  const told = tellWarnings(notes, how === 'bar');
  interrupt.signal.addEventListener('abort', () => {
    progress.stopping();
    if (how !== 'bar') notes.note(STOPPING);
  });
  const start = performance.now();
  try {
    await inFile(
      path,
      async () => {
        await estimator.fit(data.table, data.roles.target, {
          signal: interrupt.signal,
          onEpoch: (record) => progress.onEpoch(record),
          maxTimeMs: args.timeLimit,
          sampleWeight: data.roles.weight ?? undefined,
          ...(checkpoints && checkpointOptions(checkpoints)),
          ...(data.validation && { validation: { rows: data.validation, labels: data.roles.target } }),
        });
      },
      checkpoints?.folder,
    );
  } finally {
    progress.end();
    told();
  }
  warnOfDropped(path, data, notes);
  const { state } = progress;
  if (interrupt.received !== null && state === null) {
    throw new NoModelError('before an epoch had ended', interrupt.status);
  }
  const { stoppedBy, members } = estimator.history;
  if (stoppedBy === 'maxTime' && members.length === 0) {
    throw new NoModelError('by the time limit before the first step', 1);
  }
  return {
    estimator,
    progress: state,
    seconds: (performance.now() - start) / 1000,
    interruptedBy: interrupt.received,
    checkpoints,
  };
}

/**
 * Prints the warnings of the process that are the library's own as those of this program.
 *
 * @param later - whether to wait until the function that this returns is called, since a bar is being drawn
 */
function tellWarnings(notes: Notes, later: boolean): () => void {
  const usual = process.listeners('warning');
  const waiting: string[] = [];
  const listener = (warning: Error & { code?: unknown }) => {
    if (!String(warning.code).startsWith('CHAINRULE_')) for (const tell of usual) tell(warning);
    else if (later) waiting.push(warning.message);
    else notes.warn(warning.message);
  };
  process.removeAllListeners('warning');
  process.on('warning', listener);
  return () => {
    process.off('warning', listener);
    for (const tell of usual) process.on('warning', tell);
    for (const message of waiting) notes.warn(message);
  };
}

/** Of a file in memory that is known before. */
function warnOfDropped(path: string, { table, roles }: TrainingData, notes: Notes): void {
  if (!(table instanceof LabelledSource) || table.counts === null) return;
  for (const warning of table.warnings) notes.warn(inWords(path, warning));
  const { rows, labels } = table.counts;
  let dropped = rows;
  for (const own of labels.values()) dropped -= own;
  if (dropped === 0) return;
  const have = dropped === 1 ? 'has' : 'have';
  const what = `no value of ${show(roles.target)} and cannot teach: left out`;
  notes.warn(`${path}: ${counted(dropped, 'row')} ${have} ${what}`);
}

function checkpointOptions({ folder: path, everyMs, resume }: Checkpoints) {
  return { checkpoint: { path, everyMs }, resume };
}

/** As the library draws it. */
const randomSeed = () => Math.floor(Math.random() * 2 ** 32);

async function newEstimator({ task, choices }: TrainingData, args: TrainArguments): Promise<Estimator> {
  checkMetric(args.metric, task.task);
  const { MLPClassifier, MLPRegressor } = await library();
  const options = estimatorOptions(args, choices);
  return asUsage(() =>
    task.task === 'classification' ? new MLPClassifier(options) : new MLPRegressor(options),
  );
}

/** After how much training a fit was ended early; null if it was not. */
export function earlyEnd({ progress, interruptedBy, estimator }: FitResult): string | null {
  const { stoppedBy } = estimator.history;
  if (progress === null) {
    return stoppedBy === 'maxTime' ? 'stopped by the time limit before the first epoch was over' : null;
  }
  if (progress.done >= progress.total) return null;
  const why = interruptedBy ?? (stoppedBy === 'maxTime' ? 'the time limit' : null);
  if (why === null) return null;
  const networks = estimator.networks.length;
  const of = progress.networks > 1 ? ` and ${networks} of ${progress.networks} networks` : '';
  return `stopped by ${why} after ${progress.done} of ${progress.total} epochs${of}`;
}
