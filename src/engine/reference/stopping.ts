/**
 * What ends a fit of its own accord, or slows it down: state machines that are shown every epoch and keep
 * what they have to know of those before it.
 */

import type { EpochOutcome, FitSpec, Monitor } from '../contract.js';

/** The best value of a monitor so far. Losses improve downwards, accuracy upwards; a NaN never does. */
class Best {
  private value: number;

  constructor(
    private readonly monitor: Monitor,
    private readonly minDelta: number,
  ) {
    this.value = monitor === 'validationAccuracy' ? -Infinity : Infinity;
  }

  /** Whether this epoch is better than the best before it by more than `minDelta`; it is the best then. */
  improvedBy(outcome: EpochOutcome): boolean {
    const value = outcome[this.monitor] ?? Number.NaN;
    const improved =
      this.monitor === 'validationAccuracy'
        ? value > this.value + this.minDelta
        : value < this.value - this.minDelta;
    if (improved) this.value = value;
    return improved;
  }
}

/** Reduces the learning rate when the monitor no longer improves, as Keras's ReduceLROnPlateau does. */
export class Plateau {
  private readonly best: Best;
  private scale = 1;
  private waited = 0;
  private cooling = 0;

  constructor(private readonly spec: NonNullable<FitSpec['plateau']>) {
    this.best = new Best(spec.monitor, spec.minDelta);
  }

  /** The learning rate to use where the schedule says `base`. */
  reduced(base: number): number {
    return Math.min(base, Math.max(base * this.scale, this.spec.minLearningRate));
  }

  observe(outcome: EpochOutcome): void {
    if (outcome.epoch < this.spec.firstEpoch) return;
    if (this.cooling > 0) this.cooling--;
    if (this.best.improvedBy(outcome)) {
      this.waited = 0;
    } else if (this.cooling === 0) {
      // The epoch that ends the cooldown is already one of those waited for.
      this.waited++;
      if (this.waited >= this.spec.patience) {
        this.scale *= this.spec.factor;
        this.cooling = this.spec.cooldown;
        this.waited = 0;
      }
    }
  }
}

/** Ends a fit whose monitor no longer improves (Prechelt: "Early stopping - but when?", 1998). */
export class EarlyStopping {
  /** The epoch with the best value so far, from 1; 0 before there is one. */
  bestEpoch = 0;
  private readonly best: Best;
  private waited = 0;

  constructor(private readonly spec: NonNullable<FitSpec['earlyStopping']>) {
    this.best = new Best(spec.monitor, spec.minDelta);
  }

  observe(outcome: EpochOutcome): void {
    if (this.best.improvedBy(outcome)) {
      this.bestEpoch = outcome.epoch;
      this.waited = 0;
    } else {
      this.waited++;
    }
  }

  /** Whether patience, of at least one epoch, has run out. */
  get isOver(): boolean {
    return this.waited >= Math.max(1, this.spec.patience);
  }
}

/** Ends a descent that has arrived: |J_k - J_{k-1}| < functionTolerance or ||grad J|| < gradientTolerance. */
export class Convergence {
  isReached = false;
  private lastLoss = Number.NaN;

  constructor(private readonly tolerances: Pick<FitSpec, 'functionTolerance' | 'gradientTolerance'>) {}

  observe({ loss, gradientNorm = Infinity }: EpochOutcome): void {
    const { functionTolerance, gradientTolerance } = this.tolerances;
    const change = Math.abs(loss - this.lastLoss);
    this.lastLoss = loss;
    this.isReached = change < functionTolerance || gradientNorm < gradientTolerance;
  }
}
