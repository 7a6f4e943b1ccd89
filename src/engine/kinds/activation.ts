interface ActivationInfo {
  /** Needs whole rows, so it is only for the output layer; the others are elementwise. */
  rowWise?: true;
  /** Has no derivative at z = 0; the left derivative is used. */
  hasKink?: true;
}

export const activations = {
  identity: {},
  sigmoid: {},
  tanh: {},
  relu: { hasKink: true },
  leakyRelu: { hasKink: true },
  softmax: { rowWise: true },
  gelu: {},
  silu: {},
  selu: { hasKink: true },
  mish: {},
} as const satisfies Record<string, ActivationInfo>;

export type Activation = keyof typeof activations;
export const activationNames = Object.keys(activations) as Activation[];
