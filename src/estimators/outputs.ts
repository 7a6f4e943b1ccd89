/** From the rows of a table to the outputs of a fitted model. */

import type { RowFeatures } from '../data/row-features.js';
import type { Table } from '../data/table.js';
import { finitePredictions } from '../network/finite-outputs.js';
import type { Network } from '../network/network.js';
import {
  type Adjust,
  constantOutputs,
  type Ensemble,
  meanOutputs,
  meanOutputsAsync,
  type Predictor,
} from './ensemble.js';

/** What both kinds of estimators compute outputs by. */
export interface OutputModel<Member> {
  encoder: { features(table: Table): RowFeatures };
  ensemble: Ensemble<Member>;
}

/** Hears a sentence about each thing that is odd about rows. */
export type OnWarning = ((message: string) => void) | null;

/**
 * The mean outputs of the networks, (rows, outputs), or the constant of a model without any.
 *
 * @param adjust - what is done to the outputs of each network before
 * @throws {@link ChainruleError} ERR_DATA, ERR_SHAPE if the rows are not like those of the fit; ERR_DATA if
 * an output is beyond what its numbers can be
 */
export function outputsOf(
  { encoder, ensemble }: OutputModel<Predictor>,
  table: Table,
  adjust: Adjust,
  onWarning: OnWarning,
): Float64Array {
  if (ensemble.networks.length === 0) return constantOutputs(ensemble, table.rowCount);
  const features = encoder.features(table);
  const outputs = finitePredictions(meanOutputs(ensemble, features, adjust), ensemble.outputs);
  report(features, onWarning);
  return outputs;
}

/** The same off the event loop. */
export async function outputsOfAsync(
  { encoder, ensemble }: OutputModel<Network>,
  table: Table,
  adjust: Adjust,
  onWarning: OnWarning,
): Promise<Float64Array> {
  if (ensemble.networks.length === 0) return constantOutputs(ensemble, table.rowCount);
  const features = encoder.features(table);
  const outputs = finitePredictions(await meanOutputsAsync(ensemble, features, adjust), ensemble.outputs);
  report(features, onWarning);
  return outputs;
}

/** Outputs, (rows, width), as an array for each row. */
export function rowsOf(outputs: Float64Array, width: number): number[][] {
  return Array.from({ length: outputs.length / width }, (_, row) =>
    Array.from(outputs.subarray(row * width, (row + 1) * width)),
  );
}

function report(features: RowFeatures, onWarning: OnWarning): void {
  if (onWarning !== null) for (const warning of features.warnings()) onWarning(warning);
}
