import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';

/** All that users can import, types included: nothing is added or removed by accident. */
const EXPORTS = `
  AbortSignalLike Activation AdamOptions AdamWOptions BackendInfo BackendName ChainruleError ClassWeight
  ConvergenceOptions Dataset DatasetOptions DivergedError EarlyStoppingOptions EpochRecord ErrorCode
  EvaluateOptions Evaluation FilePath FitEnd FitOptions Gemm GradientCheck GradientCheckOptions GradientOptions
  History HuberOptions InitializerKind InitializerOptions Inputs LabelEvaluation LayerFactors LayerOptions LayerParameters
  LayerParametersInput LayerStatistics LayerSummary LearningRateFunction LearningRateScheduleOptions
  LoadOptions Loss LossAndGradients LossOptions MinimizeOptions MinimizeResult MomentumEmaOptions MomentumOptions
  Monitor Network NetworkOptions NetworkSummary NumericArray OptimizerKind OptimizerOptions PlainLossOptions RmspropOptions RowOrder Rows
  SampleOptions Sampling SgdOptions StepFactors StepScheduleFunction Targets TensorCheck TensorFactorsOptions backend gradientCheck metrics minimize useAddon
`;

it('the package exports exactly this', async () => {
  const declarations = await readFile(new URL('../dist/index.d.cts', import.meta.url), 'utf8');
  const [, list] = declarations.match(/^export \{ ([^}]*) \};\s*$/m)!;
  const names = list.split(', ').map((name) => name.replace(/^type |^.* as /, ''));
  expect(names.sort()).toEqual(EXPORTS.trim().split(/\s+/).sort());
});
