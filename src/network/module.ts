/** A network as the text of a module. */

import type { Model } from '../formats/model.js';
import { NETWORK } from '../formats/module-runtime.js';
import { floatsLiteral, literal, moduleFunction, moduleText } from '../formats/module-text.js';

/** What a prediction has to know of a network, as plain JSON. */
export interface NetworkState extends Pick<Model['spec'], 'inputSize'> {
  layers: readonly Pick<Model['spec']['layers'][number], 'units' | 'activation' | 'slope' | 'useBias'>[];
  /** An object if the inputs have a scale. */
  inputScale: object | null;
}

export function networkState({ inputSize, layers, inputScale }: Model['spec']): NetworkState {
  return {
    inputSize,
    layers: layers.map(({ units, activation, slope, useBias }) => ({ units, activation, slope, useBias })),
    inputScale: inputScale && {},
  };
}

export function networkModule({ spec, parameters }: Pick<Model, 'spec' | 'parameters'>): string {
  const { inputSize, layers } = spec;
  const outputs = layers[layers.length - 1].units;
  return moduleText({
    source: `A network from ${inputSize} to ${outputs} values`,
    runtime: NETWORK,
    model: `runtime.network(${literal(networkState(spec))}, ${floatsLiteral(parameters)})`,
    types: [],
    exports: [
      { documentation: ['Columns of x.'], declaration: `const inputSize = ${inputSize};` },
      {
        documentation: ['Columns of what `predict` returns.'],
        declaration: `const outputSize = ${outputs};`,
      },
      moduleFunction('predict', 'x', [
        'The outputs for x.',
        '',
        '@param {ArrayBufferView | readonly number[] | readonly ArrayLike<number>[]} x (rows, inputSize): flat and',
        'row-major, or an array for each row',
        '@returns {Float32Array} (rows, outputSize), row-major',
      ]),
    ],
  });
}
