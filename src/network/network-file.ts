/** A network's file: what `save` writes and `Network.load` reads. */

import type { BackendNetwork, NetworkSpec, OptimizerState } from '../engine/contract.js';
import { readModel, writeModel } from '../formats/model-file.js';
import { optionsObject } from '../options/checks.js';
import { type FilePath, filePath } from '../options/file-path.js';
import { describeNetwork, type NetworkOptions } from '../options/network.js';
import { splitParameters } from './parameters.js';

/** Options of a loaded network that depend on this machine, not on the file. */
export type LoadOptions = Pick<NetworkOptions, 'backend' | 'gemm' | 'threads'>;

/** Writes the network as it is at the call. */
export async function saveNetwork(path: FilePath, spec: NetworkSpec, engine: BackendNetwork): Promise<void> {
  await writeModel(filePath(path, 'the path of save'), {
    spec,
    parameters: engine.getParameters(),
    optimizerState: engine.getOptimizerState(),
  });
}

/** Reads what makes the network anew: its options, and the state to give its optimizer. */
export async function readNetwork(
  path: FilePath,
  machine: LoadOptions,
): Promise<{ options: NetworkOptions; optimizerState: OptimizerState }> {
  const { backend, gemm, threads } = optionsObject(
    machine,
    ['backend', 'gemm', 'threads'],
    'the options of Network.load',
  );
  const { spec, parameters, optimizerState } = await readModel(filePath(path, 'the path of Network.load'));
  const options = {
    ...describeNetwork(spec),
    seed: spec.seed,
    parameters: splitParameters(parameters, spec),
    backend,
    gemm,
    threads,
  } as NetworkOptions;
  return { options, optimizerState };
}
