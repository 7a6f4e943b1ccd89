import { copyFloats, newDoubles, newFloats } from '../../numbers/allocate.js';
import type { FitState, NetworkSpec } from '../contract.js';
import { momentNames } from '../kinds.js';
import type { NetworkPlan, ParameterTensors } from './plan.js';
import { planNetwork, viewParameters } from './plan.js';
import type { FloatArray } from './vector.js';

/** Everything that a training step reads and writes. */
export interface Model {
  readonly spec: NetworkSpec;
  readonly plan: NetworkPlan;
  readonly parameters: ParameterTensors;
  /** Gradients of the latest `computeGradients`. */
  readonly gradients: ParameterTensors;
  /** The optimizer's moments, in the order of `momentNames`. */
  readonly moments: FloatArray[];
  /** Steps taken. */
  step: number;
  workspace: Workspace;
  /** Room for a copy of parameters and moments, once a step needs it. */
  spare: FloatArray[] | null;
}

/** The layers' values for one batch; entry l belongs to layer l. */
export interface Workspace {
  /** The most rows that fit. */
  readonly capacity: number;
  /** Of a network with a scale g of its inputs. */
  readonly scaled: ScaledInputs | null;
  /** Z: (rows, units) */
  readonly logits: FloatArray[];
  /** A = g(Z): (rows, units) */
  readonly outputs: FloatArray[];
  /** dJ/dZ: (rows, units) */
  readonly deltas: FloatArray[];
  /** For the layers with dropout. */
  readonly dropouts: (Dropout | null)[];
}

/** The inputs as the first layer sees them. */
export interface ScaledInputs {
  /** X' = X (.) g: (rows, inputSize) */
  readonly inputs: FloatArray;
  /** dJ/dX': (rows, inputSize) */
  readonly deltas: FloatArray;
}

/** Dropout of a layer's outputs in a training step. */
export interface Dropout {
  /** Factor of each output: (rows, units) */
  readonly mask: FloatArray;
  /** mask (.) A, the input of the next layer: (rows, units) */
  readonly outputs: FloatArray;
}

/** What training changes in a model, as the seam has it. */
export type Snapshot = NonNullable<FitState['best']>;

/**
 * A network ready for its first step. It takes over `parameters` without copying them. Their type,
 * Float32Array or Float64Array, is the precision of everything in the model.
 */
export function createModel(spec: NetworkSpec, parameters: FloatArray): Model {
  const plan = planNetwork(spec);
  const zeros = () => newLike(parameters, plan.parameterCount);
  return {
    spec,
    plan,
    parameters: viewParameters(plan, parameters),
    gradients: viewParameters(plan, zeros()),
    moments: Array.from({ length: momentNames(spec.optimizer).length }, zeros),
    step: 0,
    workspace: allocateWorkspace(plan, parameters, 0),
    spare: null,
  };
}

/** Makes room for batches of `rows` samples; costs nothing when there is enough. */
export function reserve(model: Model, rows: number): void {
  if (rows <= model.workspace.capacity) return;
  model.workspace = allocateWorkspace(model.plan, model.parameters.flat, rows);
}

const SNAPSHOT = 'a snapshot of the best epoch';
const NETWORK = 'a network and its buffers';

/** A copy of what training changes, for `restore` to put back. */
export function takeSnapshot({ parameters, moments, step }: Model): Snapshot {
  return {
    parameters: copyFloats(parameters.flat, SNAPSHOT),
    moments: moments.map((moment) => copyFloats(moment, SNAPSHOT)),
    step,
  };
}

export function restore(model: Model, { parameters, moments, step }: Snapshot): void {
  model.parameters.flat.set(parameters);
  for (const [i, moment] of moments.entries()) model.moments[i].set(moment);
  model.step = step;
}

/** A copy of parameters and moments, good until the next call. */
export function spareOf(model: Model): FloatArray[] {
  const arrays = [model.parameters.flat, ...model.moments];
  model.spare ??= arrays.map((array) => newLike(array, array.length));
  for (const [i, array] of arrays.entries()) model.spare[i].set(array);
  return model.spare;
}

/** Takes the last step back. */
export function restoreFrom(model: Model, [parameters, ...moments]: FloatArray[]): void {
  model.parameters.flat.set(parameters);
  for (const [i, moment] of moments.entries()) model.moments[i].set(moment);
  model.step--;
}

function allocateWorkspace(plan: NetworkPlan, like: FloatArray, capacity: number): Workspace {
  const buffer = (units: number) => newLike(like, capacity * units);
  const buffers = () => plan.layers.map(({ units }) => buffer(units));
  return {
    capacity,
    scaled:
      plan.scale.end > plan.scale.start
        ? { inputs: buffer(plan.inputSize), deltas: buffer(plan.inputSize) }
        : null,
    logits: buffers(),
    outputs: buffers(),
    deltas: buffers(),
    dropouts: plan.layers.map(({ units, dropout }) =>
      dropout > 0 ? { mask: buffer(units), outputs: buffer(units) } : null,
    ),
  };
}

function newLike(array: FloatArray, length: number): FloatArray {
  return array instanceof Float64Array ? newDoubles(length, NETWORK) : newFloats(length, NETWORK);
}
