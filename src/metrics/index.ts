export {
  accuracy,
  type ClassOptions,
  type ClassScores,
  confusionMatrix,
  type PrecisionRecallF1,
  precisionRecallF1,
  topKAccuracy,
} from './classification.js';
export { type LogLossOptions, logLoss, rocAuc } from './probability.js';
export { mae, type RegressionOptions, r2, rmse } from './regression.js';
export type { MetricOptions } from './weighting.js';
