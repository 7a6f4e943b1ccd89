/** From more rows than are worth having in memory to a trained network: what is learnt of a sample, and all rows. */

import { RowEncoder } from '../data/row-encoder.js';
import { type Table, takeRows } from '../data/table.js';
import type { Batch } from '../network/batches.js';
import { newArray, newFloats } from '../numbers/allocate.js';
import { finishInTurns, type Steps } from '../turns.js';
import type { FitInput } from './fit-input.js';
import {
  type FittedMembers,
  historyOf,
  outputsOf,
  type Problem,
  type Targets,
  withoutNetworks,
} from './fit-members.js';
import type { FitControl } from './fit-options.js';
import { readWeights } from './number-values.js';
import type { Recipe } from './recipe.js';
import { choicesOf, withoutColumns } from './rows.js';
import type { CommonSettings } from './settings.js';
import type { Split } from './splits.js';
import { type MemberData, type StreamedRows, trainMembers } from './train.js';

/** Some rows that train. */
export interface TrainingBatch {
  /** The features. */
  table: Table;
  /** (rows) class indices, or (rows, outputs). */
  targets: Int32Array | Float32Array;
  /** (rows), or null for all ones. */
  weights: Float32Array | null;
}

/** All rows of a problem whose table has a sample of them. */
export interface StreamedProblem {
  /** Rows that train. */
  rows: number;
  /** Rows of the sample that are held out. */
  heldOut: Uint32Array;
  /** The rows that train, from the first. */
  training: () => AsyncIterable<TrainingBatch>;
}

/** The rows of a fit's stream, with targets and weights by `read`; null if all rows are in memory. */
export function streamOf(
  { stream, shape: { dropped } }: FitInput,
  read: (labels: ArrayLike<unknown>, weights: Float32Array | null) => Omit<TrainingBatch, 'table'>,
): StreamedProblem | null {
  if (stream === null) return null;
  const { columns, weightFormat } = stream;
  const column = (table: Table, name: string) => table.values(table.names.indexOf(name));
  return {
    rows: stream.rows,
    heldOut: stream.heldOut,
    training: async function* () {
      for await (const table of stream.training()) {
        const weights =
          columns.weights === null
            ? null
            : readWeights(column(table, columns.weights), 'sampleWeight', weightFormat);
        yield {
          table: withoutColumns(table, dropped),
          ...read(column(table, columns.labels), weights),
        };
      }
    },
  };
}

/** Which rows of a sample are held out; what is learnt of the others is what the network knows before it trains. */
export function splitOfSample({ heldOut }: StreamedProblem, rows: number): Split {
  const isHeldOut = newArray(Uint8Array, rows, 'the split of the rows');
  for (const row of heldOut) isHeldOut[row] = 1;
  return { training: Uint32Array.from(isHeldOut.keys()).filter((row) => isHeldOut[row] === 0), heldOut };
}

/**
 * Trains one network, batch after batch. The encoder learns from the sample's rows that train.
 *
 * @param problem - of the sample
 * @param targets - of the sample; null if there is nothing to learn
 */
export async function fitStreamed(
  problem: Problem,
  stream: StreamedProblem,
  { training, heldOut }: Split,
  targets: Targets | null,
  recipeFor: (rows: number, heldOut: number) => Recipe,
  settings: CommonSettings,
  control: FitControl,
): Promise<FittedMembers> {
  const { table, dropped } = problem;
  const columns = choicesOf(settings.columns, dropped);
  const encoder = await finishInTurns(RowEncoder.fitSteps(takeRows(table, training), { columns }));
  if (targets === null) return withoutNetworks(encoder);
  const held = await encodeHeldOut(encoder, problem, targets, heldOut);
  const data = function* (): Steps<MemberData> {
    yield;
    return { training: encoded(encoder, stream), validation: held };
  };
  const shape = { inputSize: encoder.width, outputs: targets.outputs };
  const members = await trainMembers([data], recipeFor, shape, settings, control);
  const outputs = held === null ? null : await outputsOf(members, held);
  return {
    encoder,
    networks: members.flatMap((member) => member?.network ?? []),
    history: historyOf(members, control),
    heldOut:
      outputs === null
        ? withoutNetworks(encoder).heldOut
        : { ...outputs, rows: problem.validation === null ? heldOut : outputs.rows },
  };
}

/** The rows that the caller holds out, or those of the sample; null if there are neither. */
async function encodeHeldOut(
  encoder: RowEncoder,
  { table, validation }: Problem,
  targets: Targets,
  heldOut: Uint32Array,
): Promise<MemberData['validation']> {
  if (validation !== null && targets.validation !== null) {
    const x = await finishInTurns(encoder.features(validation, {}, 'validation').all());
    return { rows: validation.rowCount, x, y: targets.validation };
  }
  if (heldOut.length === 0) return null;
  const rows = takeRows(table, heldOut);
  const x = await finishInTurns(encoder.features(rows, { lenient: true }).all());
  return { rows: heldOut.length, x, y: targetsOf(targets, heldOut, table.rowCount) };
}

function targetsOf({ training }: Targets, rows: Uint32Array, of: number): Int32Array | Float32Array {
  if (training instanceof Int32Array) return Int32Array.from(rows, (row) => training[row]);
  const width = training.length / of;
  const taken = newFloats(rows.length * width, 'the targets');
  rows.forEach((row, i) => {
    taken.set(training.subarray(row * width, (row + 1) * width), i * width);
  });
  return taken;
}

/** The rows that train as a network takes them. Cells that cannot be read are missing, as in the sample. */
function encoded(encoder: RowEncoder, { rows, training }: StreamedProblem): StreamedRows {
  return {
    rows,
    batches: async function* (): AsyncGenerator<Batch, void, undefined> {
      for await (const { table, targets, weights } of training()) {
        const x = await finishInTurns(encoder.features(table, { lenient: true }).all());
        yield { x, y: targets, ...(weights === null ? {} : { sampleWeight: weights }) };
      }
    },
  };
}
