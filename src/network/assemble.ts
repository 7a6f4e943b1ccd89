/** From the options of a network to its parts, and from a model back to options. */

import { gemmOf, selectBackend } from '../engine/select.js';
import type { Model } from '../formats/model.js';
import { checkTensorCount } from '../formats/model-file.js';
import {
  describeNetwork,
  type LoadOptions,
  type NetworkOptions,
  resolveNetworkOptions,
} from '../options/network.js';
import { type BackendInfo, infoOf } from './backend-info.js';
import { initialParameters } from './initialise.js';
import { joinParameters, splitParameters } from './parameters.js';
import type { NetworkParts } from './parts.js';

/**
 * Makes the parts of a new network.
 *
 * @returns also what to say of its engine
 * @throws {@link ChainruleError} ERR_OPTION, ERR_SHAPE, ERR_DATA, ERR_BACKEND, ERR_MEMORY
 */
export function assemble(options: NetworkOptions): { parts: NetworkParts; info: BackendInfo } {
  const {
    spec: wanted,
    hasOwnSeed,
    backend: choice,
    initializers,
    parameters,
  } = resolveNetworkOptions(options);
  checkTensorCount(wanted);
  const { backend, reason } = selectBackend(choice);
  const gemm = backend.resolveGemm(gemmOf(wanted.gemm, backend));
  const spec = { ...wanted, gemm };
  const initial =
    parameters === undefined
      ? initialParameters(spec, initializers)
      : joinParameters(parameters, spec, backend);
  const engine = backend.createNetwork(spec, initial);
  const outputs = spec.layers[spec.layers.length - 1].units;
  const task = { inputSize: spec.inputSize, outputs, loss: spec.loss };
  return {
    parts: { spec, hasOwnSeed, task, backend, engine },
    info: infoOf(backend, gemm, engine, reason),
  };
}

/** A network as it is now, as plain data. */
export function modelOfParts({ spec, engine }: NetworkParts): Model {
  return { spec, parameters: engine.getParameters(), optimizerState: engine.getOptimizerState() };
}

/** The options that make the network of a model, without its optimizer's state. */
export function optionsOfModel(
  { spec, parameters }: Model,
  { backend, gemm, threads }: LoadOptions,
): NetworkOptions {
  return {
    ...describeNetwork(spec),
    seed: spec.seed,
    parameters: splitParameters(parameters, spec),
    backend,
    gemm,
    threads,
  };
}
