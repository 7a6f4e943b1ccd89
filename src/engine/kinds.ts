/**
 * One descriptor for each kind of activation, loss and optimizer: what options, files and engines have to know
 * of it. native/core/model/kinds.h is the same for the core. A new kind is a line here; the compiler then names
 * every place that has to compute something for it.
 */

interface ActivationInfo {
  /** Needs whole rows, and so stands in the output layer only; the others work number by number. */
  rowWise?: true;
  /** Has no derivative at z = 0; the left one stands for it. */
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
  /** Computed from the logits of an output with this activation, and from no other; null: from any output. */
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

/** The losses that go with any output activation. */
export const lossesOfAnyOutput = (Object.keys(losses) as Loss[]).filter(
  (loss) => losses[loss].output === null,
);

/** What tells how much an optimizer remembers. */
interface Remembering {
  kind: OptimizerKind;
  momentum?: number;
  centered?: boolean;
}

/** What an optimizer remembers of each parameter, by its names in files, in the order of the engines. */
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
