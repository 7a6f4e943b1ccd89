/**
 * One descriptor for each kind of activation, loss and optimizer: what options, files and engines need to
 * know about it. native/core/model/kinds.h does the same for the core. To add a kind, add a line here; the
 * compiler then reports every place that must compute something for it.
 */

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

interface LossInfo {
  /** Computed from the logits of an output layer with this activation only; null: any output. */
  output: Activation | null;
}

export const losses = {
  mse: { output: null },
  halfMse: { output: null },
  bce: { output: 'sigmoid' },
  crossEntropy: { output: 'softmax' },
  huber: { output: null },
} as const satisfies Record<string, LossInfo>;

export type Loss = keyof typeof losses;

/** The losses that work with any output activation. */
export const lossesOfAnyOutput = (Object.keys(losses) as Loss[]).filter(
  (loss) => losses[loss].output === null,
);

/** The options that determine an optimizer's moments. */
interface Remembering {
  kind: OptimizerKind;
  momentum?: number;
  centered?: boolean;
}

/** The moments of each optimizer, by their names in files, in the order of the engines. */
const moments = {
  sgd: () => [],
  momentum: () => ['velocity'],
  momentumEma: () => ['firstMoment'],
  adam: () => ['firstMoment', 'secondMoment'],
  adamW: () => ['firstMoment', 'secondMoment'],
  rmsprop: ({ momentum = 0, centered = false }) => [
    'secondMoment',
    ...(momentum > 0 ? ['velocity'] : []),
    ...(centered ? ['firstMoment'] : []),
  ],
} satisfies Record<string, (optimizer: Omit<Remembering, 'kind'>) => string[]>;

export type OptimizerKind = keyof typeof moments;

export function momentNames(optimizer: Remembering): readonly string[] {
  return moments[optimizer.kind](optimizer);
}
