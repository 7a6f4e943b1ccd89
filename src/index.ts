export type { ClassWeight } from './data/class-weight.js';
export { Dataset, type DatasetOptions } from './data/dataset.js';
export type { Inputs } from './data/inputs.js';
export type { RowOrder } from './data/row-choice.js';
export type { SampleOptions } from './data/samples.js';
export type { Targets } from './data/targets.js';
export type {
  Activation,
  BackendName,
  FitEnd,
  Gemm,
  LayerStatistics,
  Loss,
  Monitor,
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
  RmspropOptions,
  SgdOptions,
} from './engine/kinds.js';
export { useAddon } from './engine/use-addon.js';
export { ChainruleError, type ErrorCode } from './error.js';
export type { EvaluateOptions, Evaluation, LabelEvaluation } from './inspect/evaluate.js';
export type { GradientCheck } from './inspect/gradient-check.js';
export type { TensorCheck } from './inspect/gradient-comparison.js';
export { type MinimizeOptions, type MinimizeResult, minimize } from './inspect/minimize.js';
export * as metrics from './metrics/index.js';
export { type BackendInfo, backend } from './network/backend-info.js';
export type { AbortSignalLike, FitOptions } from './network/fit-options.js';
export { type GradientCheckOptions, gradientCheck } from './network/gradient-check.js';
export type { DivergedError, EpochRecord, History } from './network/history.js';
export {
  type GradientOptions,
  type LossAndGradients,
  Network,
} from './network/network.js';
export type { LoadOptions } from './network/network-file.js';
export type { LayerParameters } from './network/parameters.js';
export type { LayerSummary, NetworkSummary } from './network/summary.js';
export type { NumericArray, Rows } from './numbers/table.js';
export type { FilePath } from './options/file-path.js';
export type { InitializerKind, InitializerOptions } from './options/initializer.js';
export type { LayerFactors, LayerOptions, TensorFactorsOptions } from './options/layer.js';
export type { LearningRateFunction, LearningRateScheduleOptions } from './options/learning-rate-schedule.js';
export type { LayerParametersInput, NetworkOptions } from './options/network.js';
export type { StepFactors, StepScheduleFunction } from './options/step-schedule.js';
export type { ConvergenceOptions, EarlyStoppingOptions } from './options/stopping.js';
