import type { Label } from '../data/label-encoder.js';
import { FitStream } from '../network/fit-stream.js';
import { giveMemoryErrors } from '../numbers/want-of-memory.js';
import type { FilePath } from '../options/file-path.js';
import { loadClassifier, saveClassifier } from './classifier-file.js';
import { type ClassifierModel, fitClassifier } from './classifier-model.js';
import { continueClassifier } from './classifier-partial.js';
import {
  columnImportance,
  evaluationOf,
  labelsOf,
  labelsOfAsync,
  probabilityRowsOf,
  probabilityRowsOfAsync,
} from './classifier-rows.js';
import type { ClassifierFitOptions, EstimatorHistory, MemberEpochRecord } from './fit-options.js';
import { bounded } from './fit-warnings.js';
import type { Fitted } from './fitted.js';
import { FittedEstimator, fittedOf } from './fitted-estimator.js';
import { type ClassifierHeldOut, classifierHeldOut } from './held-out-results.js';
import { classifierScore } from './held-out-score.js';
import type { ColumnImportance, ImportanceOptions } from './importance.js';
import { type EstimatorLoadOptions, ownOptions } from './machine.js';
import { classifierModule } from './module.js';
import { classifierToOnnx } from './onnx/classifier.js';
import type { ClassifierMetric, MLPClassifierOptions } from './options.js';
import type { ClassifierPartialFitOptions } from './partial-fit.js';
import type { EstimatorEvaluateOptions, PredictOptions } from './predict-input.js';
import type { HeldOutScore } from './provenance.js';
import type { ColumnName, FitRows, LabelOf, TableRows, UntypedRows } from './rows.js';
import { runLoad, runSave } from './run-file.js';
import { type FitArguments, runFit, runPartialFit, type Trainee } from './run-fit.js';
import type { ClassifierEvaluation } from './scoring.js';
import { type ClassifierSettings, classifierSettings } from './settings.js';

/** Gives `work` what an estimator has learnt, for code that looks deeper than callers may. */
export let withClassifier: <T>(
  classifier: MLPClassifier,
  method: string,
  work: (model: ClassifierModel, settings: ClassifierSettings) => Promise<T>,
) => Promise<T>;

/**
 * Predicts the classes of rows by multi-layer perceptrons. It takes rows as they are (objects with numbers, words
 * and gaps), finds out what each column is, trains several small networks by the recipe of RealMLP and calibrates their
 * probabilities; the defaults are meant to be good.
 *
 * ```ts
 * const classifier = await new MLPClassifier({ seed: 1 }).fit(rows, 'species');
 * classifier.predict(newRows);
 * ```
 *
 * Methods throw a {@link ChainruleError}: ERR_OPTION, ERR_SHAPE or ERR_DATA for invalid arguments, with the row
 * and the column; ERR_UNFITTED before `fit`; ERR_BUSY if they would change the estimator during a fit. The same
 * seed and rows give the same model, on any number of threads.
 *
 * @typeParam L - type of the labels
 * @typeParam R - type of a row
 */
export class MLPClassifier<L extends Label = Label, R = unknown> extends FittedEstimator {
  /** The options it was made with, and the seed, given or drawn. */
  readonly options: Readonly<MLPClassifierOptions & { seed: number }>;
  readonly #settings: ClassifierSettings;
  readonly #fitted: Fitted<ClassifierModel> = fittedOf(this);

  static {
    withClassifier = (classifier, method, work) =>
      classifier.#fitted.use(method, (model) => work(model, classifier.#settings));
  }

  /** @throws {@link ChainruleError} ERR_OPTION */
  constructor(options: MLPClassifierOptions = {}) {
    super();
    this.#settings = classifierSettings(options);
    this.options = ownOptions(options, this.#settings.seed);
  }

  /**
   * Trains on rows and their labels, from the start even if it was fitted before. With the native engine the
   * networks train off the event loop; the rows are read and encoded on it, in short stretches. They must not change
   * until the promise settles.
   *
   * @param rows - see `RowsInput`; also batches of them that arrive one after another, as an async iterable. Beyond
   * 2^23 cells, one that can be read from the start again, as those of `openTable`, stays where it is: columns and
   * scales are learnt from a random sample, and one network reads all rows in each epoch. Labels and weights then
   * have to be columns.
   * @param labels - a label for each row, all strings, numbers, booleans or bigints; or the name of their column
   * @returns this estimator
   * @throws {@link ChainruleError} also ERR_DIVERGED if the loss is not finite
   */
  fit<Row extends object, K extends keyof Row & string>(
    rows: readonly Row[],
    labels: K,
    options?: ClassifierFitOptions<LabelOf<Row[K]>, Row>,
  ): Promise<MLPClassifier<LabelOf<Row[K]>, Partial<Row>>>;
  fit<Row extends object, Name extends string>(
    rows: readonly Row[],
    labels: ColumnName<Row, Name>,
    options?: ClassifierFitOptions<L, Row>,
  ): Promise<MLPClassifier<L, Partial<Row>>>;
  fit(rows: UntypedRows, labels: string, options?: ClassifierFitOptions<L>): Promise<MLPClassifier<L, R>>;
  fit<Own extends Label, Row>(
    rows: FitRows<Row>,
    labels: ArrayLike<Own> & object,
    options?: ClassifierFitOptions<Own, Row>,
  ): Promise<MLPClassifier<Own, Row>>;
  async fit(rows: unknown, labels: unknown, options: unknown = {}): Promise<unknown> {
    await this.#fit({ rows, labels, options, watch: null });
    return this;
  }

  /**
   * Trains like `fit`, and gives the record of each epoch of each member to a `for await` loop. Leaving the loop ends
   * the fit as its `signal` would; the best epochs so far are kept.
   */
  fitStream<Row>(
    rows: FitRows<Row>,
    labels: ArrayLike<L> | string,
    options: ClassifierFitOptions<L, Row> = {},
  ): FitStream<MemberEpochRecord, EstimatorHistory> {
    return new FitStream((watch) => this.#fit({ rows, labels, options, watch }));
  }

  #fit(given: FitArguments): Promise<EstimatorHistory> {
    return runFit(this.#trainee(), given, (input, control, classes) =>
      fitClassifier(input, this.#settings, control, classes),
    );
  }

  #trainee(): Trainee<ClassifierModel> {
    return { kind: 'MLPClassifier', model: this, fitted: this.#fitted, settings: this.#settings };
  }

  /**
   * Trains on further rows without forgetting the others: every member on all of them, at a tenth of the learning
   * rate, with the optimizers as they were. The first call of an estimator that has not been fitted decides what
   * columns are and, unless `classes` says more, which labels there are. Calibration and threshold stay those of
   * `fit`; without one, probabilities are the networks' own. Predictions meanwhile are of networks between two steps.
   *
   * @returns this estimator
   */
  async partialFit(
    rows: FitRows<R>,
    labels: ArrayLike<L> | string,
    options: ClassifierPartialFitOptions<L> = {},
  ): Promise<this> {
    await runPartialFit(this.#trainee(), options, (before, resolved) =>
      continueClassifier(before, rows, labels, this.#settings, resolved),
    );
    return this;
  }

  /** The labels in the order of the probabilities: numbers by size, strings by their code units. */
  get classes(): readonly L[] {
    return this.#fitted.need('classes').labels.classes as readonly L[];
  }

  /** What was odd about the rows and the labels of the fit, in at most 20 sentences. */
  get warnings(): readonly string[] {
    const { warnings, encoder, labels } = this.#fitted.need('warnings');
    return bounded([...warnings, ...encoder.warnings, ...labels.warnings]);
  }

  /**
   * The metrics of `heldOut` beside those of a prediction without features; a file keeps them. null if no rows were
   * held out, and after `partialFit`.
   */
  get heldOutScore(): HeldOutScore<ClassifierEvaluation> | null {
    return classifierScore(this.#fitted.need('heldOutScore'));
  }

  /** From which probability of the second of two classes on it is predicted; null for the likelier class. */
  get threshold(): number | null {
    return this.#fitted.need('threshold').threshold;
  }

  /** The label of each row, of the type that the labels of `fit` had. */
  predict(rows: TableRows<R>, options: PredictOptions = {}): L[] {
    return labelsOf(this.#fitted.need('predict'), this.#settings, { method: 'predict', rows, options });
  }

  /**
   * Like `predict`, for many rows: the event loop turns meanwhile, also while they are read. They must not change
   * until the promise settles.
   */
  async predictAsync(rows: TableRows<R>, options: PredictOptions = {}): Promise<L[]> {
    const given = { method: 'predictAsync', rows, options };
    return this.#fitted.use('predictAsync', (model) => labelsOfAsync(model, this.#settings, given));
  }

  /** Calibrated probabilities, (rows, classes) in the order of `classes`. */
  predictProbability(rows: TableRows<R>, options: PredictOptions = {}): number[][] {
    const given = { method: 'predictProbability', rows, options };
    return probabilityRowsOf(this.#fitted.need('predictProbability'), this.#settings, given);
  }

  /** Like `predictProbability`, for many rows, as `predictAsync`. */
  async predictProbabilityAsync(rows: TableRows<R>, options: PredictOptions = {}): Promise<number[][]> {
    const given = { method: 'predictProbabilityAsync', rows, options };
    return this.#fitted.use('predictProbabilityAsync', (model) =>
      probabilityRowsOfAsync(model, this.#settings, given),
    );
  }

  /**
   * The metrics on rows and their labels.
   *
   * @param labels - may be omitted if those of `fit` were a column
   */
  evaluate(
    rows: TableRows<R>,
    labels?: ArrayLike<L> | string,
    options: EstimatorEvaluateOptions = {},
  ): ClassifierEvaluation {
    return evaluationOf(this.#fitted.need('evaluate'), this.#settings, rows, labels, options);
  }

  /** The accuracy on rows and their labels. */
  score(rows: TableRows<R>, labels?: ArrayLike<L> | string, options: EstimatorEvaluateOptions = {}): number {
    return this.evaluate(rows, labels, options).accuracy;
  }

  /**
   * What the networks say of the rows that the last fit held out, each row by a network that was not trained on it:
   * with members, of every row of the fit. The same rows chose the epoch and the calibration, so
   * the metrics are slightly better than on new rows. Computed from what the fit left in memory.
   *
   * @returns null if no rows were held out, after `partialFit`, and for an estimator from a file
   */
  heldOut(): ClassifierHeldOut<L> | null {
    return classifierHeldOut(this.#fitted.need('heldOut'));
  }

  /**
   * How much worse the metric becomes when a column's cells are shuffled, for each column that is used, the most
   * important first. On rows that were not trained on it says what matters for new ones.
   */
  importance(
    rows: TableRows<R>,
    labels?: ArrayLike<L> | string,
    options: ImportanceOptions<ClassifierMetric> = {},
  ): ColumnImportance[] {
    return columnImportance(this.#fitted.need('importance'), this.#settings, rows, labels, options);
  }

  /**
   * Writes the estimator with all it has learnt to one safetensors file, whole or not at all. The optimizers'
   * states are in it only if `partialFit` was used. Rejects with ERR_FILE if it cannot be written.
   */
  async save(path: FilePath): Promise<void> {
    await runSave(this.#trainee(), path, (file, model, isContinued) =>
      saveClassifier(file, this.options, model, isContinued),
    );
  }

  /** Reads an estimator that `save` wrote. Rejects with ERR_FILE if the file is missing, malformed or of another kind. */
  static async load<L extends Label = Label, R = unknown>(
    path: FilePath,
    options: EstimatorLoadOptions = {},
  ): Promise<MLPClassifier<L, R>> {
    return runLoad('MLPClassifier', path, options, (file, machine) =>
      loadClassifier(file, machine, (own, makeModel, isContinued) => {
        const classifier = newClassifier<L, R>(own);
        classifier.#fitted.set(makeModel(classifier.#settings), isContinued);
        return classifier;
      }),
    );
  }

  /**
   * The text of an ES module that predicts as this estimator does, without this package or any other: in browsers,
   * workers, edge runtimes, Deno, Bun and Node. It exports `predict(rows)`, `predictProbability(rows)`, `classes` and
   * `columns`.
   */
  toModule(): string {
    return classifierModule(this.#fitted.need('toModule'), this.#settings.columns);
  }

  /**
   * The model as the bytes of an ONNX file, for ONNX Runtime and others: opset 17, with all that happens to rows. The
   * inputs are the columns that are used, by their names, (N, 1) each: numbers as double (NaN is missing), texts as
   * string ('' is missing), true and false as 1 and 0, dates as milliseconds since 1970, both double. Columns without
   * names, if all are numbers, are one input 'x', (N, columns). The outputs are 'label', (N), and 'probabilities',
   * (N, classes), float. Labels are string, int64 if they are whole numbers, double, or bool.
   *
   * @throws {@link ChainruleError} also ERR_BUSY during `partialFit`
   */
  toONNX(): Uint8Array {
    return classifierToOnnx(this.#fitted.need('toONNX'));
  }
}

giveMemoryErrors(MLPClassifier);

/** Outside of the class: bundlers rename classes that name themselves, and users see the name. */
function newClassifier<L extends Label, R>(options: MLPClassifierOptions): MLPClassifier<L, R> {
  return new MLPClassifier<L, R>(options);
}
