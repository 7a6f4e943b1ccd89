import { beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../../src/engine/contract.js';
import { batches } from './batches.js';
import { bias } from './bias.js';
import { dropout } from './dropout.js';
import { earlyStopping } from './early-stopping.js';
import { extremeLosses } from './extreme-losses.js';
import { factors } from './factors.js';
import { fitting } from './fit.js';
import { forward } from './forward.js';
import { golden } from './golden.js';
import { gradientProperties } from './gradient-properties.js';
import { gradients } from './gradients.js';
import { inputScale } from './input-scale.js';
import { labelSmoothing } from './label-smoothing.js';
import { learningRates } from './learning-rates.js';
import { lifetime } from './lifetime.js';
import { memory } from './memory.js';
import { createNetwork, layer, networkSpec, parameterCount } from './networks.js';
import { nonFinite } from './non-finite.js';
import { optimizer } from './optimizer.js';
import { optimizerFormulas } from './optimizer-formulas.js';
import { trainingInPrecisions } from './precisions.js';
import { resuming } from './resume.js';
import { statistics } from './statistics.js';
import { stopping } from './stopping.js';
import { workedExamples } from './worked-examples.js';

/**
 * Registers the tests that every backend has to pass, and none may skip.
 *
 * @param name of the backend
 * @param load gives the backend; called once, before the first test
 * @param variant of the backend, for the tests' names
 */
export function conformance(
  name: string,
  load: () => Backend | Promise<Backend>,
  variant: string = name,
): void {
  describe(`conformance of the ${variant} backend`, () => {
    let loaded: Backend;
    beforeAll(async () => {
      loaded = await load();
    });
    const backend = () => loaded;

    describe('backend', () => {
      it('says what it is', () => {
        expect(backend().name).toBe(name);
        expect(backend().simd).toMatch(/./);
        expect(backend().blas).toMatch(/./);
      });

      it('counts the parameters, with biases only for layers that have them', () => {
        const spec = networkSpec(2, [layer(3, 'relu'), layer(4, 'relu', false), layer(1, 'identity')], 'mse');
        expect(createNetwork(backend(), spec).parameterCount).toBe(9 + 12 + 5);
      });

      it('refuses the wrong number of parameters', () => {
        const spec = networkSpec(2, [layer(3, 'identity')], 'mse');
        const wrong = new Float32Array(parameterCount(spec) + 1);
        const isShape = expect.objectContaining({ code: 'ERR_SHAPE' });
        expect(() => backend().createNetwork(spec, wrong)).toThrow(isShape);
        expect(() => createNetwork(backend(), spec).setParameters(wrong)).toThrow(isShape);
        expect(() => createNetwork(backend(), spec).setParameters(wrong.subarray(2))).toThrow(isShape);
      });

      it('finds the first non-finite number in any place', () => {
        const values = new Float32Array(71).fill(-3.4e38);
        expect(backend().firstNonFinite(values)).toBe(-1);
        expect(backend().firstNonFinite(values.subarray(0, 0))).toBe(-1);
        for (const wrong of [Number.NaN, Infinity, -Infinity]) {
          for (let place = 0; place < values.length; place++) {
            const changed = values.slice();
            changed[place] = wrong;
            changed[70] = wrong;
            expect(backend().firstNonFinite(changed)).toBe(place);
          }
        }
      });
    });

    golden(backend);
    gradients(backend);
    gradientProperties(backend);
    bias(backend);
    forward(backend);
    workedExamples(backend);
    labelSmoothing(backend);
    dropout(backend);
    trainingInPrecisions(backend);
    optimizer(backend);
    optimizerFormulas(backend);
    batches(backend);
    learningRates(backend);
    extremeLosses(backend);
    factors(backend);
    inputScale(backend);
    fitting(backend);
    earlyStopping(backend);
    stopping(backend);
    resuming(backend);
    statistics(backend);
    lifetime(backend);
    memory(backend);
    nonFinite(backend);
  });
}
