/**
 * What ends a fit, or reduces its learning rate: state machines that observe every epoch and remember what
 * they need of the earlier ones.
 */

import type { EpochOutcome, FitSpec, FitState, Monitor } from './contract.js';

/** The monitored value, negated if more is better. */
function badness(monitor: Monitor, outcome: EpochOutcome): number {
  const value = outcome[monitor] ?? Number.NaN;
  return monitor === 'validationAccuracy' ? -value : value;
}

/** Whether this epoch beats the best by more than `minDelta`; if so, it becomes the best. NaN never does. */
function improves(
  memory: { best: number },
  { monitor, minDelta, lastOfTies = false }: { monitor: Monitor; minDelta: number; lastOfTies?: boolean },
  outcome: EpochOutcome,
): boolean {
  const value = badness(monitor, outcome);
  const ties = lastOfTies && value === memory.best;
  if (!(value < memory.best - minDelta) && !ties) return false;
  memory.best = value;
  return true;
}

/** Reduces the learning rate when the monitor no longer improves, like Keras's ReduceLROnPlateau. */
export class Plateau {
  constructor(
    private readonly spec: NonNullable<FitSpec['plateau']>,
    readonly memory: FitState['plateau'],
  ) {}

  /** The learning rate to use when the schedule says `base`. */
  reduced(base: number): number {
    return Math.min(base, Math.max(base * this.memory.scale, this.spec.minLearningRate));
  }

  observe(outcome: EpochOutcome): void {
    const { spec, memory } = this;
    if (outcome.epoch < spec.firstEpoch) return;
    if (memory.cooling > 0) memory.cooling--;
    if (improves(memory, spec, outcome)) {
      memory.waited = 0;
    } else if (memory.cooling === 0) {
      // The epoch that ends the cooldown already counts towards the patience.
      memory.waited++;
      if (memory.waited >= spec.patience) {
        memory.scale *= spec.factor;
        memory.cooling = spec.cooldown;
        memory.waited = 0;
      }
    }
  }
}

/** Ends a fit whose monitor no longer improves (Prechelt: "Early stopping - but when?", 1998). */
export class EarlyStopping {
  constructor(
    private readonly spec: NonNullable<FitSpec['earlyStopping']>,
    readonly memory: FitState['earlyStopping'],
  ) {}

  observe(outcome: EpochOutcome): void {
    const { memory } = this;
    if (improves(memory, this.spec, outcome)) {
      memory.bestEpoch = outcome.epoch;
      memory.waited = 0;
    } else {
      memory.waited++;
    }
  }

  /** Whether the patience, at least one epoch, has run out. */
  get isOver(): boolean {
    return this.memory.waited >= Math.max(1, this.spec.patience);
  }
}

/** Whether a descent has converged: |J_k - J_{k-1}| < functionTolerance or ||grad J|| < gradientTolerance. */
export function hasConverged(
  { functionTolerance, gradientTolerance }: Pick<FitSpec, 'functionTolerance' | 'gradientTolerance'>,
  { loss, gradientNorm = Infinity }: EpochOutcome,
  lastLoss: number,
): boolean {
  return Math.abs(loss - lastLoss) < functionTolerance || gradientNorm < gradientTolerance;
}
