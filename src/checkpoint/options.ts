/** The options `checkpoint` and `resume` of a fit. */

import { resolve } from 'node:path';
import { ChainruleError } from '../error.js';
import { type Check, integer, optional, optionsObject, positive } from '../options/checks.js';
import { type FilePath, filePath } from '../options/file-path.js';

/** Where and how often the state of a fit goes to disk, so that `resume` continues it after the process has ended. */
export interface CheckpointOptions {
  /**
   * A folder of this fit alone, which is made if there is none. A path or a file: URL. A folder that has checkpoints
   * already is an error, unless `resume` continues from them.
   */
  path: FilePath;
  /** After every so many epochs; of an estimator, of each member. Default: by time alone. */
  everyEpochs?: number | undefined;
  /**
   * After the epoch that runs when so many milliseconds are over. Default 60,000 without `everyEpochs`, never with it. At the
   * end of the fit there is always one, also if it is aborted.
   */
  everyMs?: number | undefined;
  /** How many of the newest stay. Default 2, so that one is left if the newest is damaged. */
  keep?: number | undefined;
}

/** What both options come to, checked. */
export interface CheckpointPlan {
  checkpoint: {
    /** Absolute. */
    path: string;
    everyEpochs: number;
    everyMs: number;
    keep: number;
  } | null;
  /** The folder to continue from; null to begin. */
  from: string | null;
  /** Whether the fit begins if there is nothing to continue from. */
  mayBegin: boolean;
}

const DEFAULT_MS = 60_000;
/** No timer waits longer. */
const MOST_MS = 2 ** 31 - 1;
const count = integer(1, 2 ** 31 - 1);
const DEFAULT_KEEP = 2;

const checkpointCheck: Check<NonNullable<CheckpointPlan['checkpoint']>> = (value, name) => {
  const options = optionsObject(value, ['path', 'everyEpochs', 'everyMs', 'keep'], name);
  const everyEpochs = optional(options.everyEpochs, `${name}.everyEpochs`, count, Infinity);
  const byDefault = everyEpochs === Infinity ? DEFAULT_MS : Infinity;
  const everyMs = optional(options.everyMs, `${name}.everyMs`, positive, byDefault);
  return {
    path: resolve(filePath(options.path, `${name}.path`)),
    everyEpochs,
    everyMs: everyMs === Infinity ? Infinity : Math.min(everyMs, MOST_MS),
    keep: optional(options.keep, `${name}.keep`, count, DEFAULT_KEEP),
  };
};

/** Checks both options; null if neither is given. Throws ERR_OPTION. */
export function resolveCheckpoints(options: {
  checkpoint?: unknown;
  resume?: unknown;
}): CheckpointPlan | null {
  const checkpoint = optional(options.checkpoint, 'checkpoint', checkpointCheck, null);
  const { resume = false } = options;
  if (resume === false) return checkpoint && { checkpoint, from: null, mayBegin: true };
  if (resume !== true) return { checkpoint, from: resolve(filePath(resume, 'resume')), mayBegin: false };
  if (checkpoint === null) {
    throw new ChainruleError(
      'ERR_OPTION',
      'resume is true without a checkpoint, whose folder it would continue from; expected checkpoint: { path } too, or ' +
        'the path of a folder as resume',
    );
  }
  return { checkpoint, from: checkpoint.path, mayBegin: true };
}
