/** What was not finite in a step that was therefore not taken. */

/** Layers count from 0. */
export interface StepFault {
  /**
   * 'output': of this layer, the first one with such an output; 'loss': although all outputs are finite;
   * 'gradient': of this layer, the first one on the way back from the loss; 'update': a weight or moment of this
   * layer that the step would have led to.
   */
  kind: 'output' | 'loss' | 'gradient' | 'update';
  layer: number;
}

/** Rollbacks of a fit with `onNonFinite` 'rollback': after these, the learning rate is a thousandth of what it was. */
export const MOST_ROLLBACKS = 10;

const SUBJECTS: Record<StepFault['kind'], (layer: string) => string> = {
  output: (layer) => `an output of ${layer}`,
  loss: () => 'the loss',
  gradient: (layer) => `a gradient of ${layer}`,
  update: (layer) => `what the optimizer would make of a weight or moment of ${layer}`,
};

/** What the fault is in, to be followed by "is" or "was NaN or infinite". */
export function subjectOf({ kind, layer }: StepFault, layers: number): string {
  return SUBJECTS[kind](`layer ${layer + 1} of ${layers}`);
}
