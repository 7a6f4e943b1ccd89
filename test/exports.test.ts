import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';

/** All that users can import, types included: nothing is added or removed by accident. */
const EXPORTS = `
  AbortSignalLike Activation AdamOptions AdamWOptions AnyEstimator BackendInfo BackendName Candidate
  ChainruleError ClassWeight ClassifierEvaluation ClassifierFitOptions ClassifierMetric ClassifierPartialFitOptions ColumnChoices
  ColumnImportance ColumnInfo ColumnKind ColumnName ColumnOverrides ConvergenceOptions CrossValidateOptions
  CrossValidation Dataset DatasetOptions DivergedError EarlyStoppingOptions EpochRecord ErrorCode
  EstimatorEarlyStopping EstimatorEvaluateOptions EstimatorFitOptions EstimatorHistory EstimatorLoadOptions
  EstimatorMetric EstimatorOptions EvaluateOptions Evaluation EvaluationOf FileColumn FileFormat FilePath FileTable FitEnd FitOptions
  FitRows Fold Gemm GradientCheck GradientCheckOptions GradientOptions History HuberOptions
  ImportanceOptions InitializerKind InitializerOptions Inputs IntervalOptions Intervals Label
  LabelEvaluation LabelOf LayerFactors LayerOptions LayerParameters LayerParametersInput LayerStatistics LayerSummary
  LearningRateFunction LearningRateScheduleOptions LoadOptions Loss LossAndGradients LossOptions
  MLPClassifier MLPClassifierOptions MLPRegressor MLPRegressorOptions MemberEpochRecord MinimizeOptions
  MinimizeResult MistakeCosts MomentumEmaOptions MomentumOptions Monitor Network NetworkOptions
  NetworkSummary NumberLike NumericArray OptimizerKind OptimizerOptions PartialFitOptions PlainLossOptions PredictOptions QuantileOptions ReadOptions
  RegressorEvaluation RegressorLoss RegressorMetric RmspropOptions RowOrder Rows RowsInput SampleOptions
  Sampling SearchOptions SearchResult SearchSpace SgdOptions StepFactors StepScheduleFunction Table TableRows TableSource Targets TensorCheck TensorFactorsOptions
  ThresholdOption UntypedRows backend crossValidate gradientCheck metrics minimize openTable readTable search useAddon
`;

it('the package exports exactly this', async () => {
  const declarations = await readFile(new URL('../dist/index.d.cts', import.meta.url), 'utf8');
  const [, list] = declarations.match(/^export \{ ([^}]*) \};\s*$/m)!;
  const names = list.split(', ').map((name) => name.replace(/^type |^.* as /, ''));
  expect(names.sort()).toEqual(EXPORTS.trim().split(/\s+/).sort());
});
