/** The rows that networks were not trained on, and what those networks say of them. */

import { allRows, newFloats } from '../numbers/allocate.js';

/** Outputs for rows, each by a network that was not trained on it. */
export interface HeldOutOutputs {
  /** Places of the rows, among those of the fit or those that its caller held out. */
  rows: Uint32Array;
  /** (rows, outputs), as the network gives them. */
  outputs: Float32Array;
  /** (rows) which network it is. */
  networks: Uint8Array;
}

/** Which rows were held out: some or all of those of the fit, or those of its `validation`. */
export type HeldOutOf = 'rows' | 'validation';

/** Outputs for held-out rows, with what is known of the rows. */
export interface HeldOut<Targets> extends HeldOutOutputs {
  of: HeldOutOf;
  /** (rows) */
  targets: Targets;
  /** (rows) how much each counts, or null for all the same. */
  weights: Float32Array | null;
  /** Of all rows of the fit, by which one can tell whether others are the same. */
  fitTargets: Targets;
}

/**
 * What a fit knows of the rows that it held out, of which there may be none.
 *
 * @param known - of all rows of the fit, or of those that its caller held out
 * @param numbers - with a sample of the fit's rows: what their places are among all
 */
export function heldOutOf<Targets extends Int32Array | Float64Array>(
  outputs: HeldOutOutputs,
  of: HeldOutOf,
  known: { targets: Targets; weights: Float32Array | null },
  fitTargets: Targets,
  numbers: Uint32Array | null = null,
): HeldOut<Targets> {
  const { rows } = outputs;
  const { weights } = known;
  return {
    ...outputs,
    rows: numbers === null ? rows : rows.map((row) => numbers[row]),
    of,
    targets: takeNumbers(known.targets, rows),
    weights: weights === null ? null : takeNumbers(weights, rows),
    fitTargets,
  };
}

/** What is left when the networks have been trained further: on which rows, nobody knows. */
export function withoutRows<Targets extends Int32Array | Float64Array>({
  targets,
  fitTargets,
}: HeldOut<Targets>): HeldOut<Targets> {
  const none = { rows: new Uint32Array(0), outputs: new Float32Array(0), networks: new Uint8Array(0) };
  return { ...none, of: 'rows', targets: targets.slice(0, 0) as Targets, weights: null, fitTargets };
}

/** The same rows in ascending order. */
export function inOrder<Targets extends Int32Array | Float64Array>(
  heldOut: HeldOut<Targets>,
): HeldOut<Targets> {
  const { rows, outputs, networks, targets, weights } = heldOut;
  const order = allRows(rows.length).sort((a, b) => rows[a] - rows[b]);
  const width = outputs.length / rows.length;
  const sorted = newFloats(outputs.length, 'held-out predictions');
  order.forEach((from, to) => {
    sorted.set(outputs.subarray(from * width, (from + 1) * width), to * width);
  });
  return {
    ...heldOut,
    rows: takeNumbers(rows, order),
    outputs: sorted,
    networks: takeNumbers(networks, order),
    targets: takeNumbers(targets, order),
    weights: weights === null ? null : takeNumbers(weights, order),
  };
}

/** The numbers at these places, in an array of the same type. */
function takeNumbers<Numbers extends Int32Array | Float64Array | Float32Array | Uint32Array | Uint8Array>(
  values: Numbers,
  places: Uint32Array,
): Numbers {
  const taken = values.slice(0, places.length) as Numbers;
  for (let i = 0; i < places.length; i++) taken[i] = values[places[i]];
  return taken;
}
