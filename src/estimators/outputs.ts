/** From the rows of a table to the outputs of a fitted model. */

import type { RowFeatures } from '../data/row-features.js';
import type { Table } from '../data/table.js';
import type { Network } from '../network/network.js';
import { finish, type Steps } from '../turns.js';
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
  const outputs = meanOutputs(ensemble, features, adjust);
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
  const outputs = await meanOutputsAsync(ensemble, features, adjust);
  report(features, onWarning);
  return outputs;
}

/** Outputs, (rows, width), as an array for each row. */
export function rowsOf(outputs: Float64Array, width: number): number[][] {
  return finish(rowSteps(outputs, width));
}

/** The same in steps, since that takes longer than computing them. */
export function rowSteps(outputs: Float64Array, width: number): Steps<number[][]> {
  return collect(outputs, width, (some) =>
    Array.from({ length: some.length / width }, (_, row) =>
      Array.from(some.subarray(row * width, (row + 1) * width)),
    ),
  );
}

/** Numbers to make results of between two pauses. */
const PER_STEP = 2 ** 16;

/** What `make` makes of outputs, (rows, width): an element for each row. In steps of some rows. */
export function* collect<T>(
  outputs: Float64Array,
  width: number,
  make: (some: Float64Array) => readonly T[],
): Steps<T[]> {
  const all: T[] = [];
  const step = Math.ceil(PER_STEP / width) * width;
  for (let from = 0; from < outputs.length; from += step) {
    for (const each of make(outputs.subarray(from, from + step))) all.push(each);
    yield;
  }
  return all;
}

function report(features: RowFeatures, onWarning: OnWarning): void {
  if (onWarning !== null) for (const warning of features.warnings()) onWarning(warning);
}
