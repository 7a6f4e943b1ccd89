export type { CheckpointOptions } from './checkpoint/options.js';
export type { ClassWeight } from './data/class-weight.js';
export type { ColumnChoices } from './data/column-choices.js';
export type { ColumnInfo, ColumnKind } from './data/column-kind.js';
export { Dataset, type DatasetOptions } from './data/dataset.js';
export type { Inputs } from './data/inputs.js';
export type { Label } from './data/label-encoder.js';
export type { FileColumn, FileFormat, FileTable, TableSource } from './data/read/file-table.js';
export { openTable } from './data/read/open-table.js';
export type { ReadOptions } from './data/read/options.js';
export { readTable } from './data/read/read-table.js';
export type { RowOrder } from './data/row-choice.js';
export type { SampleOptions } from './data/samples.js';
export type { Table } from './data/table.js';
export type { Targets } from './data/targets.js';
export type { RowsInput } from './data/to-table.js';
export type {
  Activation,
  BackendName,
  FitEnd,
  Gemm,
  LayerStatistics,
  Loss,
  Monitor,
  Precision,
  Sampling,
} from './engine/contract.js';
export type {
  AdamOptions,
  AdamWOptions,
  HuberOptions,
  LossOptions,
  MomentumEmaOptions,
  MomentumOptions,
  OptimizerKind,
  OptimizerOptions,
  PlainLossOptions,
  QuantileOptions,
  RmspropOptions,
  SgdOptions,
} from './engine/kinds.js';
export { useAddon } from './engine/use-addon.js';
export { ChainruleError, type ErrorCode } from './error.js';
export { MLPClassifier } from './estimators/classifier.js';
export type { Intervals } from './estimators/conformal.js';
export {
  type AnyEstimator,
  type CrossValidateOptions,
  type CrossValidation,
  crossValidate,
  type EvaluationOf,
  type Fold,
} from './estimators/cross-validate.js';
export type {
  ClassifierFitOptions,
  EstimatorFitOptions,
  EstimatorHistory,
  MemberEpochRecord,
} from './estimators/fit-options.js';
export type { ClassifierHeldOut, RegressorHeldOut } from './estimators/held-out-results.js';
export type { ColumnImportance, ImportanceOptions } from './estimators/importance.js';
export { loadEstimator } from './estimators/load-estimator.js';
export type { EstimatorLoadOptions } from './estimators/machine.js';
export type { NumberLike } from './estimators/number-values.js';
export type { RegressorOnnxOptions } from './estimators/onnx/regressor.js';
export type {
  ClassifierMetric,
  EstimatorEarlyStopping,
  EstimatorOptions,
  MLPClassifierOptions,
  MLPRegressorOptions,
  RegressorLoss,
  RegressorMetric,
} from './estimators/options.js';
export type { ClassifierPartialFitOptions, PartialFitOptions } from './estimators/partial-fit.js';
export type {
  EstimatorEvaluateOptions,
  IntervalOptions,
  PredictOptions,
} from './estimators/predict-input.js';
export type { HeldOutScore, Provenance } from './estimators/provenance.js';
export { MLPRegressor } from './estimators/regressor.js';
export type {
  ColumnName,
  ColumnOverrides,
  FitRows,
  LabelOf,
  TableRows,
  UntypedRows,
} from './estimators/rows.js';
export type { ClassifierEvaluation, EstimatorMetric, RegressorEvaluation } from './estimators/scoring.js';
export {
  type Candidate,
  type SearchOptions,
  type SearchResult,
  type SearchSpace,
  search,
} from './estimators/search.js';
export type { MistakeCosts, ThresholdOption } from './estimators/threshold.js';
export type { EvaluateOptions, Evaluation, LabelEvaluation } from './inspect/evaluate.js';
export type { GradientCheck } from './inspect/gradient-check.js';
export type { TensorCheck } from './inspect/gradient-comparison.js';
export { type MinimizeOptions, type MinimizeResult, minimize } from './inspect/minimize.js';
export * as metrics from './metrics/index.js';
export type { AbortSignalLike } from './network/abort-signal.js';
export { type BackendInfo, backend } from './network/backend-info.js';
export type { Batch, BatchSource } from './network/batches.js';
export type { CheckpointEvent, EpochEvent, FileEvent, FitEvent, ResumeEvent } from './network/diagnostics.js';
export type { FitOptions } from './network/fit-options.js';
export type { FitStream } from './network/fit-stream.js';
export { type GradientCheckOptions, gradientCheck } from './network/gradient-check.js';
export type { GradientOptions, LossAndGradients } from './network/gradients.js';
export type { DivergedError, EpochRecord, History } from './network/history.js';
export { type MemoryUse, memory, setMemoryLimit } from './network/memory.js';
export { Network } from './network/network.js';
export type { LayerParameters } from './network/parameters.js';
export type { LayerSummary, NetworkSummary } from './network/summary.js';
export type { NumericArray, Rows } from './numbers/matrix.js';
export type { FilePath } from './options/file-path.js';
export type { ImportOptions } from './options/import.js';
export type { InitializerKind, InitializerOptions } from './options/initializer.js';
export type { LayerFactors, LayerOptions, TensorFactorsOptions } from './options/layer.js';
export type { LearningRateFunction, LearningRateScheduleOptions } from './options/learning-rate-schedule.js';
export type { LayerParametersInput, LoadOptions, NetworkOptions } from './options/network.js';
export type { StepFactors, StepScheduleFunction } from './options/step-schedule.js';
export type { ConvergenceOptions, EarlyStoppingOptions } from './options/stopping.js';
export { makeReport } from './report/make-report.js';
export type { ReportOptions } from './report/options.js';
export { ModelHandle, type ModelHandleOptions } from './service/model-handle.js';
export type { ServedModel } from './service/served-model.js';
export { tensorBoard } from './service/tensorboard.js';
