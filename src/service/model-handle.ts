/** A model in service that can be replaced while requests use it. */

import { ChainruleError, messageOf, show } from '../error.js';
import {
  boolean,
  type Check,
  callback,
  optional,
  optionsObject,
  positive,
  unexpected,
} from '../options/checks.js';
import { type FilePath, filePath } from '../options/file-path.js';
import type { LoadOptions } from '../options/network.js';
import { FileWatch, fingerprint } from './file-watch.js';
import { isServedModel, kindOf, loadModel, type ServedModel, warmUp } from './served-model.js';

/** How a handle gets its models. */
export interface ModelHandleOptions<Model extends ServedModel = ServedModel> extends LoadOptions {
  /**
   * Whether to load the file again when it changes: true looks every second, `{ everyMs }` as often as that says.
   * Default false. Write the file whole or not at all, as `save` does.
   */
  watch?: boolean | { everyMs: number } | undefined;
  /** Called with each new model before it is used. If it throws or rejects, the one before stays. */
  check?: ((next: Model, current: Model) => unknown) | undefined;
  /** Called when a new model is in use. */
  onSwap?: ((swap: { model: Model; version: number }) => void) | undefined;
  /**
   * Called when a file that was watched is refused: it is missing, malformed, of another kind, or `check` threw. The
   * model before stays. Default: a warning of the process, with the code CHAINRULE_MODEL_REFUSED.
   */
  onError?: ((error: unknown) => void) | undefined;
}

const OPTIONS = ['watch', 'check', 'onSwap', 'onError', 'backend', 'gemm', 'threads'];
const DEFAULT_EVERY_MS = 1000;

/** A model with the calls that use it. */
interface Served<Model> {
  model: Model;
  version: number;
  uses: number;
  isReplaced: boolean;
}

/**
 * Serves a model, and replaces it without a pause: calls that run finish on the model on which they began, new ones
 * use the new model, and the old one is disposed of after its last use. Every answer is of one model.
 *
 * ```ts
 * const handle = await ModelHandle.load<MLPClassifier>('model.safetensors', { watch: true });
 * handle.predict(rows);
 * await handle.swap('newer.safetensors');
 * ```
 *
 * @typeParam Model - `MLPClassifier`, `MLPRegressor` or `Network`
 */
export class ModelHandle<Model extends ServedModel = ServedModel> {
  readonly #options: Checked<Model>;
  #served: Served<Model> | null;
  #watch: FileWatch | null = null;
  /** The swap that was asked for last. */
  #swapping: Promise<unknown> = Promise.resolve();

  /**
   * Serves a model that is there already. From then on the handle owns it and disposes of it.
   *
   * @throws {@link ChainruleError} ERR_OPTION for anything but a model
   */
  constructor(model: Model, options: Omit<ModelHandleOptions<Model>, 'watch' | 'onError'> = {}) {
    if (!isServedModel(model))
      throw unexpected('the model of ModelHandle', model, 'an estimator or a network');
    this.#options = checked(options, 'the options of ModelHandle', OPTIONS.slice(1));
    this.#served = { model, version: 1, uses: 0, isReplaced: false };
  }

  /**
   * Serves the model in a file, of whichever kind it is.
   *
   * @throws {@link ChainruleError} ERR_OPTION; ERR_FILE if the file is missing or malformed; ERR_BACKEND
   */
  static async load<Model extends ServedModel = ServedModel>(
    path: FilePath,
    options: ModelHandleOptions<Model> = {},
  ): Promise<ModelHandle<Model>> {
    const what = 'the options of ModelHandle.load';
    const { everyMs, machine } = checked<Model>(options, what, OPTIONS);
    const file = filePath(path, 'the path of ModelHandle.load');
    // Before it is read, or a change in between would go unseen.
    const seen = await fingerprint(file);
    const model = (await loadModel(file, machine)) as Model;
    try {
      await warmUp(model);
    } catch (error) {
      model.dispose();
      throw error;
    }
    const { watch: _, ...others } = options;
    const handle = newHandle(model, others);
    if (everyMs !== null) handle.#watch = new FileWatch(file, seen, everyMs, () => handle.#reload(file));
    return handle;
  }

  /** The model in use now. A swap disposes of it; `use` keeps it as long as it is needed. */
  get model(): Model {
    return this.#current().model;
  }

  /** Which model it is: 1 for the first, one more with each swap. */
  get version(): number {
    return this.#current().version;
  }

  /** `predict` of the model in use. */
  predict(...given: Parameters<Model['predict']>): ReturnType<Model['predict']> {
    const { model } = this.#current();
    return (model.predict as (...given: unknown[]) => ReturnType<Model['predict']>)(...given);
  }

  /** `predictAsync` of the model in use, which stays until the promise settles. */
  predictAsync(...given: Parameters<Model['predictAsync']>): ReturnType<Model['predictAsync']> {
    const predicted = this.use((model) => (model.predictAsync as (...given: unknown[]) => unknown)(...given));
    return predicted as ReturnType<Model['predictAsync']>;
  }

  /**
   * Does any work with the model in use, which stays until the work ends.
   *
   * ```ts
   * const [probabilities, version] = await handle.use(async (model, version) => [
   *   await model.predictProbabilityAsync(rows), version,
   * ]);
   * ```
   */
  async use<T>(work: (model: Model, version: number) => T | PromiseLike<T>): Promise<T> {
    const served = this.#current();
    served.uses++;
    try {
      return await work(served.model, served.version);
    } finally {
      served.uses--;
      disposeUnused(served);
    }
  }

  /**
   * Replaces the model by another of its kind: loads it if `next` is a path, predicts with it once, and then uses it.
   * Swaps happen in the order in which they are asked for. If one fails, the model before stays.
   *
   * @returns the version of the new model
   * @throws {@link ChainruleError} ERR_OPTION for anything but a path or a model of the same kind; ERR_FILE; ERR_UNFITTED;
   * ERR_DISPOSED; and what `check` throws
   */
  swap(next: FilePath | Model): Promise<number> {
    const swapped = this.#swapping.then(() => this.#swap(next));
    this.#swapping = swapped.catch(() => {});
    return swapped;
  }

  /** Watches no file any more, and disposes of the model after its last use. */
  close(): void {
    this.#watch?.close();
    if (this.#served === null) return;
    this.#served.isReplaced = true;
    disposeUnused(this.#served);
    this.#served = null;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #swap(next: FilePath | Model): Promise<number> {
    const before = this.#current();
    const isOwn = !isServedModel(next);
    const model = isOwn ? await this.#load(next) : next;
    try {
      if (model === before.model) throw unexpected('the model of swap', model, 'another than that in use');
      checkKind(model, before.model);
      await warmUp(model);
      await this.#options.check?.(model, before.model);
      this.#current();
    } catch (error) {
      if (isOwn) model.dispose();
      throw error;
    }
    const version = before.version + 1;
    this.#served = { model, version, uses: 0, isReplaced: false };
    before.isReplaced = true;
    disposeUnused(before);
    const { onSwap } = this.#options;
    // Apart: the swap has not failed if the callback throws.
    if (onSwap !== null) queueMicrotask(() => onSwap({ model, version }));
    return version;
  }

  async #load(path: unknown): Promise<Model> {
    return (await loadModel(filePath(path, 'the path of swap'), this.#options.machine)) as Model;
  }

  /** Never rejects. */
  async #reload(path: string): Promise<void> {
    try {
      await this.swap(path);
    } catch (error) {
      if (this.#served === null) return;
      const { onError } = this.#options;
      // Apart: what it throws must not end the watch.
      if (onError !== null) return queueMicrotask(() => onError(error));
      const message = `${messageOf(error)}; the model before stays in use`;
      process.emitWarning(message, { code: 'CHAINRULE_MODEL_REFUSED' });
    }
  }

  #current(): Served<Model> {
    if (this.#served !== null) return this.#served;
    throw new ChainruleError('ERR_DISPOSED', 'the handle of the model was closed');
  }
}

function newHandle<Model extends ServedModel>(
  model: Model,
  options: Omit<ModelHandleOptions<Model>, 'watch'>,
): ModelHandle<Model> {
  return new ModelHandle(model, options);
}

function disposeUnused({ model, uses, isReplaced }: Served<ServedModel>): void {
  if (isReplaced && uses === 0) model.dispose();
}

function checkKind(next: ServedModel, current: ServedModel): void {
  const [came, expected] = [kindOf(next), kindOf(current)];
  if (came === expected) return;
  throw new ChainruleError(
    'ERR_OPTION',
    `swap was given a model of kind ${show(came)}, expected ${show(expected)}`,
  );
}

interface Checked<Model> {
  everyMs: number | null;
  machine: LoadOptions;
  check: ((next: Model, current: Model) => unknown) | null;
  onSwap: ((swap: { model: Model; version: number }) => unknown) | null;
  onError: ((error: unknown) => unknown) | null;
}

function checked<Model>(value: unknown, where: string, names: readonly string[]): Checked<Model> {
  const { watch, check, onSwap, onError, ...machine } = optionsObject(value, names, where);
  return {
    everyMs: optional(watch, 'watch', checkWatch, null),
    machine,
    check: optional(check, 'check', callback, null) as Checked<Model>['check'],
    onSwap: optional(onSwap, 'onSwap', callback, null),
    onError: optional(onError, 'onError', callback, null),
  };
}

const checkWatch: Check<number | null> = (value, name) => {
  if (typeof value !== 'object' || value === null) return boolean(value, name) ? DEFAULT_EVERY_MS : null;
  return positive(optionsObject(value, ['everyMs'], name).everyMs, `${name}.everyMs`);
};
