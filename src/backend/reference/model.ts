import type { NetworkSpec } from '../backend.js';
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

function allocateWorkspace(plan: NetworkPlan, like: FloatArray, capacity: number): Workspace {
  const buffers = () => plan.layers.map(({ units }) => newLike(like, capacity * units));
  return { capacity, logits: buffers(), outputs: buffers(), deltas: buffers() };
}

function newLike(array: FloatArray, length: number): FloatArray {
  return array instanceof Float64Array ? new Float64Array(length) : new Float32Array(length);
}
