export type {
  Activation,
  BackendName,
  FitEnd,
  Gemm,
  LayerStatistics,
  Loss,
  Monitor,
  Sampling,
} from './backend/backend.js';
export { useAddon } from './backend/use-addon.js';
export { ChainruleError, type ErrorCode } from './error.js';
export * as metrics from './metrics/index.js';
export { type MinimizeOptions, type MinimizeResult, minimize } from './minimize.js';
export { type BackendInfo, backend } from './network/backend-info.js';
export type { ClassWeight } from './network/class-weight.js';
export { Dataset, type DatasetOptions } from './network/dataset.js';
export type { EvaluateOptions, Evaluation, LabelEvaluation } from './network/evaluate.js';
export type { AbortSignalLike, FitOptions } from './network/fit-options.js';
export { type GradientCheck, type GradientCheckOptions, gradientCheck } from './network/gradient-check.js';
export type { TensorCheck } from './network/gradient-comparison.js';
export type { DivergedError, EpochRecord, History } from './network/history.js';
export type { InitializerKind, InitializerOptions } from './network/initializer-options.js';
export type { Inputs, NumericArray, Rows } from './network/inputs.js';
export type { LayerOptions } from './network/layer-options.js';
export type { LearningRateFunction, LearningRateScheduleOptions } from './network/learning-rate-schedule.js';
export {
  type GradientOptions,
  type LoadOptions,
  type LossAndGradients,
  Network,
} from './network/network.js';
export type {
  AdamOptions,
  AdamWOptions,
  MomentumEmaOptions,
  MomentumOptions,
  OptimizerKind,
  OptimizerOptions,
  SgdOptions,
} from './network/optimizer-options.js';
export type { LayerParametersInput, NetworkOptions } from './network/options.js';
export type { LayerParameters } from './network/parameters.js';
export type { RowOrder } from './network/row-choice.js';
export type { SampleOptions } from './network/samples.js';
export type { ConvergenceOptions, EarlyStoppingOptions } from './network/stopping-options.js';
export type { LayerSummary, NetworkSummary } from './network/summary.js';
export type { Targets } from './network/targets.js';
