/** `--checkpoint` and `--resume`: what is there before the training, and what is said of it. */

import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { type FoundCheckpoint, generationsIn, newestCheckpoint } from '../../checkpoint/folder.js';
import { epochsDone, epochsOf, type SavedFit } from '../../checkpoint/snapshot.js';
import { epochRowWidth, fromEpochRow } from '../../engine/epoch-rows.js';
import type { MemberEpochRecord } from '../../index.js';
import { UsageError } from '../shared/failure.js';
import type { Notes } from '../shared/notes.js';
import { count, counted } from '../shared/text-table.js';
import type { TrainArguments } from './options.js';

/** The checkpoints of a training. */
export interface Checkpoints {
  /** Absolute. */
  folder: string;
  everyMs: number | undefined;
  resume: boolean;
  /** What the training goes on from; null for one that begins. */
  found: FoundCheckpoint | null;
}

/**
 * Looks at the folder of `--checkpoint`; null without one.
 *
 * @throws UsageError, and ChainruleError ERR_FILE if there are checkpoints and none is valid
 */
export async function findCheckpoints(
  { checkpoint, checkpointEvery: everyMs, ...args }: TrainArguments,
  notes: Notes,
): Promise<Checkpoints | null> {
  const resume = args.resume === true;
  if (checkpoint === undefined) {
    const option = resume ? '--resume' : '--checkpoint-every';
    if (!resume && everyMs === undefined) return null;
    throw new UsageError(`${option} goes with --checkpoint FOLDER, where the checkpoints are`);
  }
  const folder = resolve(checkpoint);
  if (existsSync(folder) && !statSync(folder).isDirectory()) {
    throw new UsageError(`--checkpoint ${checkpoint} is a file, expected a folder`);
  }
  if (!resume) {
    if ((await generationsIn(folder)).length === 0) return { folder, everyMs, resume, found: null };
    throw new UsageError(
      `--checkpoint ${checkpoint} has checkpoints of a training: --resume continues it; to begin another one, name ` +
        'another folder or remove this one',
    );
  }
  const found = await newestCheckpoint(folder);
  if (found === null) notes.note(`no checkpoint in ${checkpoint} yet: the training begins`);
  return { folder, everyMs, resume, found };
}

/** What the training goes on from, in a sentence. */
export function resumedText({ path, fits }: FoundCheckpoint): string {
  const begun = fits.filter((fit) => fit !== null);
  const total = begun.length === 0 ? 0 : fits.length * begun[0].epochs;
  const ended = begun.filter((fit) => fit.ended !== null).length;
  const networks = fits.length === 1 ? '' : `, ${ended} of ${counted(fits.length, 'network')} trained`;
  return `going on from ${path}: ${count(epochsOf(fits))} of ${count(total)} epochs done${networks}`;
}

/** The last epochs of the networks that have begun, for the progress that is shown. */
export function lastRecords({ fits }: FoundCheckpoint): MemberEpochRecord[] {
  return fits.flatMap((fit, member) => {
    if (fit === null || epochsDone(fit) === 0) return [];
    return { ...recordOf(fit), member, members: fits.length, epochs: fit.epochs };
  });
}

function recordOf({ history: { rows, format } }: SavedFit) {
  const { validationAccuracy, samples, ...outcome } = fromEpochRow(
    rows,
    rows.length - epochRowWidth(format),
    format,
  );
  const metrics = validationAccuracy === undefined ? {} : { validationAccuracy };
  return { ...outcome, metrics, samplesPerSecond: samples / outcome.seconds };
}
