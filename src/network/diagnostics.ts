/**
 * What the library tells whoever subscribes to its channels of `node:diagnostics_channel`: monitoring, tracing, logs.
 * Without subscribers nothing is made or sent. docs/in-a-service.md describes the messages.
 */

import { type Channel, channel } from 'node:diagnostics_channel';
import type { CheckpointWatch, Written } from '../checkpoint/keeper.js';
import { epochsOf } from '../checkpoint/snapshot.js';
import type { EpochRecord, History } from './history.js';

/** What a fit is about. The messages of its start, its end or its error are one object, which gains fields. */
export interface FitEvent {
  kind: 'Network' | 'MLPClassifier' | 'MLPRegressor';
  /** The network or estimator. */
  model: object;
  method: 'fit' | 'partialFit';
  /** The fit of the estimator that this network is a member of, and which member, from 0. */
  parent?: FitEvent;
  member?: number;
  /** From its end on. */
  history?: History;
  /** From its error on: what `fit` rejects with. */
  error?: unknown;
}

/** An epoch of a network has ended. */
export interface EpochEvent {
  /** That of the network; an estimator's is its `parent`. */
  fit: FitEvent;
  record: EpochRecord;
}

/** A model was read from a file or written to one, or could not be. */
export interface FileEvent {
  kind: FitEvent['kind'];
  path: string;
  milliseconds: number;
  /** Absent if it could not be read. */
  model?: object;
  /** What the method rejects with. */
  error?: unknown;
}

/** A checkpoint of a fit was written, or could not be. */
export interface CheckpointEvent extends Written {
  kind: FitEvent['kind'];
  /** The network or estimator. */
  model: object;
}

/** A fit goes on from a checkpoint. */
export interface ResumeEvent
  extends Pick<CheckpointEvent, 'kind' | 'model' | 'path' | 'generation' | 'epoch'> {
  /** Newer checkpoints that cannot be read, and why. */
  skipped: readonly { path: string; generation: number; reason: string }[];
}

const channels = {
  start: channel('chainrule:fit:start'),
  end: channel('chainrule:fit:end'),
  error: channel('chainrule:fit:error'),
  epoch: channel('chainrule:epoch'),
  load: channel('chainrule:load'),
  save: channel('chainrule:save'),
  checkpoint: channel('chainrule:checkpoint'),
  resume: channel('chainrule:resume'),
};

/** The fits that networks belong to as members. */
const parents = new WeakMap<object, Pick<FitEvent, 'parent' | 'member'>>();

/** Says which fit of an estimator the next fit of a network belongs to; null for one that nobody watches. */
export function setParent(network: object, parent: FitEvent | null | undefined, member: number): void {
  if (parent) parents.set(network, { parent, member });
  else parents.delete(network);
}

/** Runs a fit and tells of it. `run` gets null if nobody subscribes. */
export function traceFit<H extends History>(
  about: Pick<FitEvent, 'kind' | 'model' | 'method'>,
  run: (trace: FitEvent | null) => Promise<H>,
): Promise<H> {
  const { start, end, error, epoch } = channels;
  if (![start, end, error, epoch].some(hasSubscribers)) return run(null);
  const event: FitEvent = { ...about, ...parents.get(about.model) };
  // Not awaited here: `run` would keep its arguments alive as long as the fit lasts.
  return start.runStores(event, run, undefined, event).then(
    (history) => {
      event.history = history;
      end.publish(event);
      return history;
    },
    (reason: unknown) => {
      event.error = reason;
      error.publish(event);
      throw reason;
    },
  );
}

const hasSubscribers = (one: Channel) => one.hasSubscribers;

/** The options of a fit that is traced. */
export function traced<Options extends { onEpoch: ((record: EpochRecord) => unknown) | null }>(
  options: Options,
  trace: FitEvent | null,
): Options {
  if (trace === null) return options;
  const { onEpoch } = options;
  return {
    ...options,
    onEpoch: (record: EpochRecord) => {
      channels.epoch.publish({ fit: trace, record } satisfies EpochEvent);
      return onEpoch?.(record);
    },
  };
}

/** Loads a model and tells of it. */
export function traceLoad<Model extends object>(
  kind: FitEvent['kind'],
  path: string,
  load: () => Promise<Model>,
): Promise<Model> {
  return traceFile(channels.load, { kind, path }, load, (model) => ({ model }));
}

/** Saves a model and tells of it. */
export function traceSave(
  kind: FitEvent['kind'],
  model: object,
  path: string,
  save: () => Promise<void>,
): Promise<void> {
  return traceFile(channels.save, { kind, path, model }, save, () => ({}));
}

async function traceFile<T>(
  one: Channel,
  about: Omit<FileEvent, 'milliseconds'>,
  run: () => Promise<T>,
  more: (result: T) => Partial<FileEvent>,
): Promise<T> {
  if (!one.hasSubscribers) return run();
  const start = performance.now();
  const tell = (rest: Partial<FileEvent>) =>
    one.publish({ ...about, milliseconds: performance.now() - start, ...rest } satisfies FileEvent);
  try {
    const result = await run();
    tell(more(result));
    return result;
  } catch (error) {
    tell({ error });
    throw error;
  }
}

/** Tells of the checkpoints of a fit. */
export function checkpointWatch(kind: FitEvent['kind'], model: object): CheckpointWatch {
  return {
    written: (event) => {
      if (channels.checkpoint.hasSubscribers) {
        channels.checkpoint.publish({ kind, model, ...event } satisfies CheckpointEvent);
      }
    },
    resumed: ({ path, generation, fits, skipped }) => {
      if (!channels.resume.hasSubscribers) return;
      const epoch = epochsOf(fits);
      channels.resume.publish({ kind, model, path, generation, epoch, skipped } satisfies ResumeEvent);
    },
  };
}
