import type {
  BackendDataset,
  BackendNetwork,
  EpochOutcome,
  FitEnd,
  FitJob,
  FitSpec,
  NetworkSpec,
} from '../backend/backend.js';
import { ChainruleError } from '../error.js';
import { Stream, shuffle } from '../random.js';
import type { ResolvedFitOptions } from './fit-options.js';

/** What one epoch came to. */
export interface EpochRecord {
  /** 1 for the first of the fit. */
  epoch: number;
  /** Mean over the samples of the loss before each step, L2 penalty included. */
  loss: number;
  /** Loss on the validation rows after the epoch; absent without validation. */
  validationLoss?: number;
  metrics: {
    /** On the validation rows after the epoch, as in `evaluate`; for crossEntropy and bce. */
    validationAccuracy?: number;
  };
  /** Wall time of the training, without its validation. */
  seconds: number;
  samplesPerSecond: number;
}

/** What a fit came to. */
export interface History {
  epochs: EpochRecord[];
  /** 'epochs': all done; 'aborted': by the signal or `dispose`; 'diverged': in a `DivergedError` only. */
  stoppedBy: FitEnd;
}

/** The loss became NaN or infinite. The weights are those before the step where it did. */
export class DivergedError extends ChainruleError {
  /** The epochs before the one that diverged. */
  readonly history: History;

  constructor(message: string, history: History) {
    super('ERR_DIVERGED', message);
    this.history = history;
  }
}

/** Rows to train on and rows to validate on; null for all rows of their data. */
export interface RowSplit {
  trainingRows: Uint32Array | null;
  validationRows: Uint32Array | null;
}

/**
 * Puts aside `validationSplit` of the rows, drawn from the seed. Both parts keep the order of the data,
 * which 'sequential' sampling is about.
 */
export function splitRows(rows: number, validationSplit: number, seed: number): RowSplit {
  if (validationSplit === 0) return { trainingRows: null, validationRows: null };
  const validating = Math.round(rows * validationSplit);
  if (validating === 0 || validating === rows) {
    const part = validating === 0 ? 'validate on' : 'train on';
    throw new ChainruleError(
      'ERR_OPTION',
      `validationSplit ${validationSplit} of ${rows} rows leaves none to ${part}, expected at least one`,
    );
  }
  const order = Uint32Array.from({ length: rows }, (_, row) => row);
  shuffle(order, seed, Stream.split, 0);
  return {
    trainingRows: order.slice(0, rows - validating).sort(),
    validationRows: order.slice(rows - validating).sort(),
  };
}

/** What a fit works on, in the engine. */
export interface FitData {
  training: BackendDataset;
  /** Data of its own to validate on, or null. */
  validation: BackendDataset | null;
}

/** Trains a network in its engine and gathers the history; `started` gets the job as soon as it runs. */
export async function runFit(
  network: BackendNetwork,
  { spec, seed }: { spec: NetworkSpec; seed: number },
  data: FitData,
  options: ResolvedFitOptions,
  started: (job: FitJob) => void,
): Promise<History> {
  const { signal, onEpoch } = options;
  const epochs: EpochRecord[] = [];
  const job = network.fit(data.training, toFitSpec(data, seed, options), (outcome) => {
    const record = toRecord(outcome);
    epochs.push(record);
    onEpoch?.(record);
  });
  started(job);
  const stop = () => job.stop();
  signal?.addEventListener('abort', stop);
  try {
    const { stoppedBy, divergedAt } = await job.done;
    const history: History = { epochs, stoppedBy };
    if (stoppedBy === 'diverged') throw new DivergedError(divergence(spec, history, divergedAt), history);
    return history;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

function toFitSpec({ training, validation }: FitData, seed: number, options: ResolvedFitOptions): FitSpec {
  const { trainingRows, validationRows } = splitRows(training.rows, options.validationSplit, seed);
  const fitSpec: FitSpec = {
    epochs: options.epochs,
    batchSize: Math.min(options.batchSize, trainingRows?.length ?? training.rows),
    sampling: options.sampling,
    seed,
    trainingRows,
    validation: null,
  };
  if (validationRows !== null) fitSpec.validation = { dataset: training, rows: validationRows };
  else if (validation !== null) fitSpec.validation = { dataset: validation, rows: null };
  return fitSpec;
}

function toRecord(outcome: EpochOutcome): EpochRecord {
  const { epoch, loss, validationLoss, validationAccuracy, seconds, samples } = outcome;
  return {
    epoch,
    loss,
    ...(validationLoss === undefined ? {} : { validationLoss }),
    metrics: validationAccuracy === undefined ? {} : { validationAccuracy },
    seconds,
    // The clock may not have moved in an epoch of one small step.
    samplesPerSecond: samples / Math.max(seconds, 1e-9),
  };
}

function divergence(
  spec: NetworkSpec,
  history: History,
  at: { epoch: number; step: number } | undefined,
): string {
  const where = at === undefined ? '' : ` in epoch ${at.epoch}, step ${at.step}`;
  const last = history.epochs.at(-1);
  const before = last === undefined ? '' : ` (${last.loss} in the epoch before)`;
  const { learningRate } = spec.optimizer;
  return (
    `the loss '${spec.loss}' became NaN or infinite${where}${before}; the weights are as before that step. ` +
    `Likely the learning rate (${learningRate}) is too large or the inputs are not scaled: try a learning ` +
    `rate of ${learningRate / 10}, inputs of mean 0 and standard deviation 1, or the optimizer's clipNorm`
  );
}
