import { ChainruleError } from '../../error.js';
import { copyFloats, newFloats } from '../../numbers/allocate.js';
import type {
  BackendDataset,
  BackendNetwork,
  EpochListener,
  FitJob,
  FitSpec,
  NetworkSpec,
  OptimizerState,
  Precision,
  Products,
  Samples,
} from '../contract.js';
import { subjectOf } from '../fault.js';
import { ReferenceDataset } from './dataset.js';
import { evaluate, predict } from './evaluation.js';
import type { Model } from './model.js';
import { createModel } from './model.js';
import { computeGradients, writeInputGradients } from './step.js';
import { takeStep } from './take-step.js';
import { startFit } from './trainer.js';

/** A network of the reference engine. It computes only on the calling thread. */
export class ReferenceNetwork implements BackendNetwork {
  readonly parameterCount: number;
  readonly threads = 1;
  readonly products: Products;
  /** Null once disposed of. */
  private model: Model | null;
  /** The running fit. */
  private job: FitJob | null = null;

  /** @throws ChainruleError ERR_SHAPE if `parameters` does not have one number for each parameter */
  constructor(spec: NetworkSpec, parameters: Float32Array) {
    const model = createModel(spec, copyFloats(parameters, 'the parameters'));
    this.model = model;
    this.parameterCount = model.plan.parameterCount;
    this.products = productsOf(spec.precision);
    this.checkLength('parameters', parameters);
  }

  fit(dataset: BackendDataset, spec: FitSpec, onEpochs: EpochListener): FitJob {
    const model = this.useAlone('fit');
    const { validation } = spec;
    const plan = {
      ...spec,
      samples: ReferenceDataset.samplesOf(dataset),
      validation: validation && {
        samples: ReferenceDataset.samplesOf(validation.dataset),
        rows: validation.rows,
      },
    };
    const job = startFit(model, plan, onEpochs);
    this.job = job;
    const done = job.done.finally(() => {
      this.job = null;
    });
    return { ...job, done };
  }

  trainBatch(samples: Samples): number {
    const model = this.useAlone('trainBatch');
    const { learningRate } = model.spec.optimizer;
    const { loss, fault } = takeStep(model, samples, { learningRate, dropout: 1, weightDecay: 1 });
    if (fault === null) return loss;
    throw new ChainruleError(
      'ERR_DIVERGED',
      `${subjectOf(fault, model.plan.layers.length)} is NaN or infinite in step ${model.step + 1}; ` +
        'no weight was changed',
    );
  }

  lossAndGradients(
    samples: Samples,
    inputGradients: boolean,
  ): ReturnType<BackendNetwork['lossAndGradients']> {
    const model = this.use('lossAndGradients');
    const loss = computeGradients(model, samples);
    const byInputs = inputGradients
      ? newFloats(samples.rows * model.plan.inputSize, 'the gradients of the inputs')
      : null;
    if (byInputs !== null) writeInputGradients(model, samples.rows, byInputs);
    return { loss, gradients: copyFloats(model.gradients.flat, 'the gradients'), inputGradients: byInputs };
  }

  evaluate(samples: Samples): { loss: number; outputs: Float32Array } {
    return evaluate(this.use('evaluate'), samples);
  }

  predict(inputs: Float32Array, rows: number): Float32Array {
    return predict(this.use('predict'), inputs, rows);
  }

  async predictAsync(inputs: Float32Array, rows: number): Promise<Float32Array> {
    const outputs = predict(this.use('predictAsync'), inputs, rows);
    return new Promise((resolve) => setImmediate(resolve, outputs));
  }

  getParameters(): Float32Array {
    return copyFloats(this.use('getParameters').parameters.flat, 'a copy of the parameters');
  }

  setParameters(flat: Float32Array): void {
    const model = this.useAlone('setParameters');
    this.checkLength('parameters', flat);
    model.parameters.flat.set(flat);
  }

  getOptimizerState(): OptimizerState {
    const { step, moments } = this.use('getOptimizerState');
    return { step, moments: moments.map((moment) => copyFloats(moment, 'a copy of the moments')) };
  }

  setOptimizerState({ step, moments }: OptimizerState): void {
    const model = this.useAlone('setOptimizerState');
    if (moments.length !== model.moments.length) {
      throw new ChainruleError(
        'ERR_SHAPE',
        `the optimizer state has ${moments.length} moments, ` +
          `expected ${model.moments.length} for ${model.spec.optimizer.kind}`,
      );
    }
    for (const [i, moment] of moments.entries()) this.checkLength(`moment ${i}`, moment);
    for (const [i, moment] of moments.entries()) model.moments[i].set(moment);
    model.step = step;
  }

  dispose(): void {
    this.job?.stop();
    this.model = null;
  }

  /** For methods that may run at any time: between a fit's steps the weights do not change. */
  private use(method: string): Model {
    if (this.model === null) {
      throw new ChainruleError(
        'ERR_DISPOSED',
        `${method} was called on a network that has been disposed of; expected a live one`,
      );
    }
    return this.model;
  }

  /** For methods that change the network: not allowed during a fit. */
  private useAlone(method: string): Model {
    const model = this.use(method);
    if (this.job !== null) {
      throw new ChainruleError(
        'ERR_BUSY',
        `${method} was called during a fit of the same network; expected the fit to have ended`,
      );
    }
    return model;
  }

  private checkLength(name: string, values: Float32Array): void {
    if (values.length === this.parameterCount) return;
    throw new ChainruleError(
      'ERR_SHAPE',
      `${name} has ${values.length} values, expected ${this.parameterCount}, one for each parameter`,
    );
  }
}

function productsOf(precision: Precision): Products {
  return { name: precision === 'float32' ? precision : `emulated-${precision}`, reason: '' };
}
