export type { Activation, BackendName, Loss, Sampling } from './backend/backend.js';
export { ChainruleError, type ErrorCode } from './error.js';
export { Dataset, type DatasetOptions } from './network/dataset.js';
export type { Evaluation } from './network/evaluate.js';
export type { DivergedError, EpochRecord, History } from './network/fit.js';
export type { FitOptions } from './network/fit-options.js';
export type { Inputs, NumericArray, Rows } from './network/inputs.js';
export { type BackendInfo, type LoadOptions, type LossAndGradients, Network } from './network/network.js';
export type {
  AdamOptions,
  AdamWOptions,
  MomentumEmaOptions,
  MomentumOptions,
  OptimizerKind,
  OptimizerOptions,
  SgdOptions,
} from './network/optimizer-options.js';
export type { LayerOptions, LayerParametersInput, NetworkOptions } from './network/options.js';
export type { LayerParameters } from './network/parameters.js';
export type { SampleOptions } from './network/samples.js';
export type { Targets } from './network/targets.js';
