import type { NetworkSpec } from '../contract.js';
import { slotCount } from './optimizer.js';
import type { FloatArray, NetworkPlan, ParameterTensors } from './plan.js';
import { planNetwork, viewParameters } from './plan.js';

/** Everything that a training step reads and writes. */
export interface Model {
  readonly spec: NetworkSpec;
  readonly plan: NetworkPlan;
  readonly parameters: ParameterTensors;
  /** Gradients of the latest `computeGradients`. */
  readonly gradients: ParameterTensors;
  /** What the optimizer keeps for each parameter: velocity; or firstMoment, secondMoment. */
  readonly slots: FloatArray[];
  /** Steps taken. */
  step: number;
  workspace: Workspace;
}

/** What the layers of one batch come to; entry l belongs to layer l. */
export interface Workspace {
  /** The most rows there is room for. */
  readonly capacity: number;
  /** Z: (rows, units) */
  readonly logits: FloatArray[];
  /** A = g(Z): (rows, units) */
  readonly outputs: FloatArray[];
  /** dJ/dZ: (rows, units) */
  readonly deltas: FloatArray[];
  /** For the layers with dropout. */
  readonly dropouts: (Dropout | null)[];
}

/** What dropout makes of a layer's outputs in a training step. */
export interface Dropout {
  /** Factor of each output: (rows, units) */
  readonly mask: FloatArray;
  /** mask (.) A, which the layer above sees: (rows, units) */
  readonly outputs: FloatArray;
}

/** What training changes in a model. */
export interface Snapshot {
  readonly parameters: FloatArray;
  readonly slots: FloatArray[];
  readonly step: number;
}

/**
 * A network ready for its first step, with `parameters` for its own: they are not copied. Their type,
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
    slots: Array.from({ length: slotCount(spec.optimizer) }, zeros),
    step: 0,
    workspace: allocateWorkspace(plan, parameters, 0),
  };
}

/** Makes room for batches of `rows` samples; costs nothing when there is enough. */
export function reserve(model: Model, rows: number): void {
  if (rows <= model.workspace.capacity) return;
  model.workspace = allocateWorkspace(model.plan, model.parameters.flat, rows);
}

/** A copy of what training changes, for `restore` to put back. */
export function takeSnapshot({ parameters, slots, step }: Model): Snapshot {
  return { parameters: parameters.flat.slice(), slots: slots.map((slot) => slot.slice()), step };
}

export function restore(model: Model, { parameters, slots, step }: Snapshot): void {
  model.parameters.flat.set(parameters);
  for (const [i, slot] of slots.entries()) model.slots[i].set(slot);
  model.step = step;
}

function allocateWorkspace(plan: NetworkPlan, like: FloatArray, capacity: number): Workspace {
  const buffer = (units: number) => newLike(like, capacity * units);
  const buffers = () => plan.layers.map(({ units }) => buffer(units));
  return {
    capacity,
    logits: buffers(),
    outputs: buffers(),
    deltas: buffers(),
    dropouts: plan.layers.map(({ units, dropout }) =>
      dropout > 0 ? { mask: buffer(units), outputs: buffer(units) } : null,
    ),
  };
}

function newLike(array: FloatArray, length: number): FloatArray {
  return array instanceof Float64Array ? new Float64Array(length) : new Float32Array(length);
}
