import { describe, it } from 'vitest';
import type { NetworkSpec, Samples } from '../../src/engine/contract.js';
import { expectClose, forwardPass, trajectory } from '../tolerance.js';
import { checkTrials } from './arbitrary.js';
import { expectLossClose } from './gradient-properties.js';
import type { BackendUnderTest } from './networks.js';
import { createSamples, layer, networkSpec, parameterCount, uniform } from './networks.js';

export function bias(backend: BackendUnderTest): void {
  describe('a bias is the weight of a constant input of 1', () => {
    it('in the gradients of random networks', () => {
      checkTrials(backend(), 300, ({ spec, parameters, samples }) => {
        // The penalty applies to weights but not to biases, so the two are the same only without it.
        const biased = withFirstBias({ ...spec, l2: 0 }, true);
        const flat = spec.layers[0].useBias ? parameters : insertBias(spec, parameters);
        const expected = backend().createNetwork(biased, flat).lossAndGradients(samples, false);
        const actual = backend()
          .createNetwork(withConstantInput(biased), biasAsColumn(biased, flat))
          .lossAndGradients(appendOnes(samples), false);
        expectLossClose(actual.loss, expected.loss);
        expectClose(actual.gradients, biasAsColumn(biased, expected.gradients), trajectory, 'gradients');
      });
    });

    it('in training steps', () => {
      const spec = networkSpec(4, [layer(5, 'tanh'), layer(2, 'identity')], 'mse');
      const parameters = uniform(6, parameterCount(spec));
      const samples = createSamples(spec, 7);
      const biased = backend().createNetwork(spec, parameters);
      const constant = backend().createNetwork(withConstantInput(spec), biasAsColumn(spec, parameters));
      for (let step = 0; step < 10; step++) {
        expectClose(
          constant.trainBatch(appendOnes(samples)),
          biased.trainBatch(samples),
          forwardPass,
          `loss before step ${step + 1}`,
        );
      }
      const expected = biasAsColumn(spec, biased.getParameters());
      expectClose(constant.getParameters(), expected, trajectory, 'parameters');
    });
  });
}

function withFirstBias(spec: NetworkSpec, useBias: boolean): NetworkSpec {
  const [first, ...above] = spec.layers;
  return { ...spec, layers: [{ ...first, useBias }, ...above] };
}

/** The network whose first layer has one more input instead of its bias. */
function withConstantInput(spec: NetworkSpec): NetworkSpec {
  return { ...withFirstBias(spec, false), inputSize: spec.inputSize + 1 };
}

/** Parameters with a bias of zeros for the first layer, which had none. */
function insertBias({ inputSize, layers }: NetworkSpec, flat: Float32Array): Float32Array {
  const { units } = layers[0];
  const inserted = new Float32Array(flat.length + units);
  const end = units * inputSize;
  inserted.set(flat.subarray(0, end));
  inserted.set(flat.subarray(end), end + units);
  return inserted;
}

/** Moves the first layer's biases to the ends of its weight rows. */
function biasAsColumn({ inputSize, layers }: NetworkSpec, flat: Float32Array): Float32Array {
  const { units } = layers[0];
  const moved = flat.slice();
  for (let unit = 0; unit < units; unit++) {
    const row = unit * (inputSize + 1);
    moved.set(flat.subarray(unit * inputSize, (unit + 1) * inputSize), row);
    moved[row + inputSize] = flat[units * inputSize + unit];
  }
  return moved;
}

/** Appends a constant input of 1. */
function appendOnes(samples: Samples): Samples {
  const inputSize = samples.inputs.length / samples.rows;
  const inputs = new Float32Array(samples.rows * (inputSize + 1)).fill(1);
  for (let row = 0; row < samples.rows; row++) {
    inputs.set(samples.inputs.subarray(row * inputSize, (row + 1) * inputSize), row * (inputSize + 1));
  }
  return { ...samples, inputs };
}
