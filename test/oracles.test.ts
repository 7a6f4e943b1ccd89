/** Compares both engines with the results of PyTorch and scikit-learn that test/oracles recorded. */

import { describe, expect, it } from 'vitest';
import { engines } from './engines.js';
import {
  createNetwork,
  epochLosses,
  fit,
  type Outcome,
  type Recording,
  readRecordings,
  takeSteps,
  tensorsOf,
  worstError,
} from './oracles/replay.js';
import { expectClose, lossCurve, trajectory } from './tolerance.js';

/** Worst relative errors of one fit. */
interface Errors {
  losses: number;
  parameters: number;
}

declare module 'vitest' {
  interface TaskMeta {
    /** Data for the table of `npm run test:oracles`: errors against the oracle in float64. */
    oracle?: { engine: string; recording: string; ours: Errors; float32: Errors };
  }
}

const folder = new URL(process.env.CHAINRULE_ORACLES ?? 'fixtures/oracles/', import.meta.url);
const recordings = readRecordings(folder);
const named = (chosen: Recording[]) =>
  chosen.map((recording) => [`${recording.oracle}: ${recording.name}`, recording] as const);

it('the recordings match the current cases (otherwise: npm run test:oracles -- --record)', async () => {
  const cases = await import(new URL('oracles/cases.mjs', import.meta.url).href);
  const recorded = recordings.map(({ oracle: _, float64: __, float32: ___, ...given }) => given);
  expect(recorded).toEqual([...cases.pytorchCases, ...cases.scikitLearnCases]);
});

describe.each(engines)('the %s engine', (engine) => {
  it.for(named(recordings))('fits as %s', async ([label, recording], { task }) => {
    const fitted = await fit(recording, engine);
    const [float64, float32] = [recording.float64, recording.float32].map((outcome) => ({
      ...outcome,
      losses: epochLosses(recording, outcome.losses),
    }));
    task.meta.oracle = { engine, recording: label, ...errorsOf(fitted, float64, float32) };
    if (float64.learningRates) {
      expectClose(fitted.learningRates, float64.learningRates, lossCurve, 'learning rates');
    }
    expectOutcome(fitted, float64);
    expectOutcome(fitted, float32);
  });

  // Single steps always use the optimizer's learning rate.
  const constant = recordings.filter((recording) => !recording.learningRateSchedule);
  it.for(named(constant))('takes the same steps as %s', ([label, recording], { task }) => {
    const { float64, float32 } = recording;
    const stepped = takeSteps(recording, engine);
    task.meta.oracle = { engine, recording: label, ...errorsOf(stepped, float64, float32) };
    expectOutcome(stepped, float64);
    expectOutcome(stepped, float32);
  });

  const withInputs = recordings.filter(({ float64 }) => float64.inputGradients);
  it.for(named(withInputs))('has the same input gradients as %s', ([, recording]) => {
    const { inputs, targets, float64 } = recording;
    const network = createNetwork(recording, engine);
    const { inputGradients } = network.lossAndGradients(inputs, targets, { inputGradients: true });
    expectClose(inputGradients ?? [], float64.inputGradients ?? [], trajectory, 'input gradients');
  });
});

function expectOutcome(actual: Outcome, expected: Outcome): void {
  expectClose(actual.losses, expected.losses, lossCurve, 'losses');
  expected.parameters.forEach(({ weight, bias }, l) => {
    expectClose(actual.parameters[l].weight, weight, trajectory, `layer ${l} weight`);
    expectClose(actual.parameters[l].bias, bias, trajectory, `layer ${l} bias`);
  });
}

function errorsOf(actual: Outcome, float64: Outcome, float32: Outcome) {
  const [ours, theirs] = [actual, float32].map((outcome) => ({
    losses: worstError([outcome.losses], [float64.losses], lossCurve),
    parameters: worstError(tensorsOf(outcome), tensorsOf(float64), trajectory),
  }));
  return { ours, float32: theirs };
}
