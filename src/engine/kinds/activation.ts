export interface ActivationInfo {
  /** Needs whole rows, so it is only for the output layer; the others are elementwise. */
  rowWise?: true;
  /**
   * g or g' has no derivative at z = 0, so that central differences have to keep away from there. Where g has none, the
   * left one is used.
   */
  hasKink?: true;
  /** Counts as saturated, with a derivative of almost 0, outside these bounds of a = g(z). */
  saturatedOutside?: readonly [number, number];
  /** A unit with z <= 0 on every row counts as dead. */
  canDie?: true;
}

export const activations = {
  identity: {},
  sigmoid: { saturatedOutside: [0.02, 0.98] },
  tanh: { saturatedOutside: [-0.96, 0.96] },
  relu: { hasKink: true, canDie: true },
  leakyRelu: { hasKink: true, canDie: true },
  softmax: { rowWise: true },
  gelu: {},
  silu: {},
  selu: { hasKink: true },
  mish: {},
} as const satisfies Record<string, ActivationInfo>;

export type Activation = keyof typeof activations;
export const activationNames = Object.keys(activations) as Activation[];
