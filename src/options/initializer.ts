/** Initializers of weights and biases as options; network/initialise.ts draws the values. */

import type { LayerSpec } from '../engine/contract.js';
import { nonNegative, number } from './checks.js';
import { type FieldsOfKind, resolveKind, withDefault } from './kinds.js';

/**
 * How to initialise the weight or the bias of a layer, with parameters:
 *
 * - 'zeros': all 0. Units that start equal stay equal, so hidden layers cannot learn.
 * - 'constant': all `value`, default 0; for units the same holds.
 * - 'normal': `mean`, default 0, and `standardDeviation`, default 0.05 (the defaults of Keras).
 * - 'uniform': from `minimum`, default -0.05, to `maximum`, default 0.05 (the defaults of Keras).
 * - 'glorotNormal': standard deviation sqrt(2 / (inputs + units)); 'glorotUniform': within
 *   ±sqrt(6 / (inputs + units)). For sigmoid, tanh, softmax (Glorot and Bengio, AISTATS 2010).
 * - 'heNormal': standard deviation sqrt(2 / ((1 + slope²) inputs)); 'heUniform': within
 *   ±sqrt(6 / ((1 + slope²) inputs)); slope that of leakyRelu, else 0. For relu and leakyRelu (He, Zhang,
 *   Ren and Sun, ICCV 2015).
 * - 'lecunNormal': standard deviation sqrt(1 / inputs); 'lecunUniform': within ±sqrt(3 / inputs) (LeCun,
 *   Bottou, Orr and Müller, "Efficient BackProp", 1998).
 *
 * Normal distributions are not truncated, as in PyTorch; Keras truncates those of Glorot, He and LeCun at two
 * standard deviations.
 */
export type InitializerOptions =
  | {
      kind:
        | 'zeros'
        | 'glorotNormal'
        | 'glorotUniform'
        | 'heNormal'
        | 'heUniform'
        | 'lecunNormal'
        | 'lecunUniform';
    }
  | { kind: 'constant'; value?: number | undefined }
  | { kind: 'normal'; mean?: number | undefined; standardDeviation?: number | undefined }
  | { kind: 'uniform'; minimum?: number | undefined; maximum?: number | undefined };

export type InitializerKind = InitializerOptions['kind'];

/** `InitializerOptions` checked, with every default filled in. */
export type Initializer =
  | { kind: Exclude<InitializerKind, 'constant' | 'normal' | 'uniform'> }
  | { kind: 'constant'; value: number }
  | { kind: 'normal'; mean: number; standardDeviation: number }
  | { kind: 'uniform'; minimum: number; maximum: number };

const finite = number('a number within the range of float32', (value) => Number.isFinite(Math.fround(value)));

const fieldsOfKind: FieldsOfKind<InitializerKind> = {
  zeros: {},
  constant: { value: withDefault(finite, 0) },
  normal: { mean: withDefault(finite, 0), standardDeviation: withDefault(nonNegative, 0.05) },
  uniform: { minimum: withDefault(finite, -0.05), maximum: withDefault(finite, 0.05) },
  glorotNormal: {},
  glorotUniform: {},
  heNormal: {},
  heUniform: {},
  lecunNormal: {},
  lecunUniform: {},
};

/** Checks an initializer: a kind or an object. Throws ERR_OPTION. */
export function resolveInitializer(value: unknown, name: string): Initializer {
  // The table above gives each kind its fields, which the compiler cannot follow.
  const initializer = resolveKind(value, name, 'an initializer', fieldsOfKind) as unknown as Initializer;
  if (initializer.kind === 'uniform') {
    const { minimum, maximum } = initializer;
    number(`a number of at least minimum (${minimum})`, (given) => given >= minimum)(
      maximum,
      `${name}.maximum`,
    );
  }
  if (initializer.kind === 'normal') {
    const { mean, standardDeviation } = initializer;
    // No draw is further from the mean than six standard deviations.
    number('a number with which every draw is within the range of float32', (deviation) =>
      Number.isFinite(Math.fround(Math.abs(mean) + 6 * deviation)),
    )(standardDeviation, `${name}.standardDeviation`);
  }
  return initializer;
}

/** The initializers of one layer. */
export interface LayerInitializers {
  weight: Initializer;
  bias: Initializer;
}

/** He normal before relu and leakyRelu, Glorot uniform otherwise; biases 0. */
export function defaultInitializers({ activation }: LayerSpec): LayerInitializers {
  const isRectifier = activation === 'relu' || activation === 'leakyRelu';
  return { weight: { kind: isRectifier ? 'heNormal' : 'glorotUniform' }, bias: { kind: 'zeros' } };
}
