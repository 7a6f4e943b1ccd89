import { newDoubles } from '../../numbers/allocate.js';
import { Turns } from '../../turns.js';
import type {
  DivergedAt,
  EpochListener,
  EpochOutcome,
  FitEnding,
  FitJob,
  FitOutcome,
  FitSpec,
  FitState,
  Samples,
} from '../contract.js';
import { toEpochRow } from '../epoch-rows.js';
import { MOST_ROLLBACKS } from '../fault.js';
import { copyOfState, initialState } from '../fit-state.js';
import { EarlyStopping, hasConverged, Plateau } from '../stopping.js';
import type { Batch } from './batches.js';
import { allocateBatch, epochOrder, gather, givenOrder } from './batches.js';
import type { Validation } from './evaluation.js';
import { validate } from './evaluation.js';
import { divideNoNan, weightSum } from './loss.js';
import type { Model } from './model.js';
import { restore, type Snapshot, takeSnapshot } from './model.js';
import { layerStatistics } from './statistics.js';
import type { StepRates } from './step.js';
import { takeStep } from './take-step.js';
import { addScaled, type FloatArray, norm } from './vector.js';

/** A `FitSpec` whose datasets have been resolved to their samples. */
export interface FitPlan extends Omit<FitSpec, 'validation'> {
  samples: Samples;
  validation: { samples: Samples; rows: Uint32Array | null } | null;
}

/**
 * Trains `model` on the JavaScript thread without blocking it: the first step runs after this call has
 * returned, and other work gets its turn between the steps.
 *
 * `stop` also interrupts the measurements after an epoch; such an epoch is not reported.
 */
export function startFit(model: Model, plan: FitPlan, onEpochs: EpochListener): FitJob {
  const trainer = new Trainer(model, plan, onEpochs);
  return { done: trainer.run(), stop: () => trainer.stop(), pause: () => trainer.pause() };
}

/** The results of one epoch's steps. */
interface TrainedEpoch {
  outcome: EpochOutcome;
  /** Over which its loss is the mean. */
  weight: number;
  order: Uint32Array;
  /** With statistics: the parameters before the last step. */
  before: FloatArray | null;
}

class Trainer {
  private readonly turns = new Turns();
  private readonly batch: Batch;
  private readonly plateau: Plateau | null;
  private readonly earlyStopping: EarlyStopping | null;
  private readonly state: FitState;
  /** That the steps of an epoch train on: all rows, or those that fill batches. */
  private readonly rowsPerEpoch: number;
  private isStopped = false;
  private isPauseAsked = false;
  /** On the clock of `performance.now`. */
  private deadline = Infinity;
  /** Over which the last epoch's loss is the mean; undefined before one has ended. */
  private lossWeight: number | undefined;
  /** The network after the last epoch, to roll back to. */
  private lastEpoch: Snapshot | null = null;

  constructor(
    private readonly model: Model,
    private readonly plan: FitPlan,
    private readonly onEpochs: EpochListener,
  ) {
    const { samples, order, trainingRows, plateau, earlyStopping } = plan;
    const rows = order?.rowsPerEpoch ?? trainingRows?.length ?? samples.rows;
    this.rowsPerEpoch = plan.dropLast ? rows - (rows % plan.batchSize) : rows;
    this.batch = allocateBatch(model.plan, samples, Math.min(plan.batchSize, rows));
    this.state = plan.resume === null ? initialState() : copyOfState(plan.resume);
    this.plateau = plateau && new Plateau(plateau, this.state.plateau);
    this.earlyStopping = earlyStopping && new EarlyStopping(earlyStopping, this.state.earlyStopping);
  }

  stop(): void {
    this.isStopped = true;
  }

  pause(): void {
    this.isPauseAsked = true;
  }

  async run(): Promise<FitOutcome> {
    await this.turns.next();
    this.deadline = performance.now() + this.plan.maxTimeMs;
    let ending: FitEnding | undefined;
    try {
      ending = await this.runEpochs();
    } finally {
      if (ending?.stoppedBy !== 'paused') this.restoreBest();
    }
    const { state, earlyStopping, lossWeight } = this;
    return {
      ...ending,
      ...(earlyStopping && { bestEpoch: state.earlyStopping.bestEpoch }),
      ...(lossWeight !== undefined && { lossWeight }),
    };
  }

  /** Restores the best epoch's network, if requested. */
  private restoreBest(): void {
    if (this.state.best !== null) restore(this.model, this.state.best);
    this.state.best = null;
  }

  private async runEpochs(): Promise<FitEnding> {
    const { plan, state } = this;
    let rollbacks = 0;
    this.keepEpoch();
    while (state.epochsDone < plan.epochs) {
      const trained = await this.trainEpoch(state.epochsDone + 1);
      if ('stoppedBy' in trained) {
        if (trained.stoppedBy !== 'diverged' || !this.rollBack()) return trained;
        rollbacks++;
        continue;
      }
      if (rollbacks > 0) trained.outcome.rollbacks = rollbacks;
      rollbacks = 0;
      if (!(await this.measure(trained))) return { stoppedBy: 'aborted', state: null };
      const ending = this.conclude(trained.outcome);
      this.lossWeight = trained.weight;
      await this.onEpochs(toEpochRow(trained.outcome));
      if (ending !== null) return ending;
      if (this.isToPause()) return { stoppedBy: 'paused', state };
    }
    return { stoppedBy: 'epochs', state: null };
  }

  private keepEpoch(): void {
    if (this.plan.onNonFinite === 'rollback') this.lastEpoch = takeSnapshot(this.model);
  }

  /** Puts the network of the last epoch back. Returns whether the fit goes on with it. */
  private rollBack(): boolean {
    if (this.lastEpoch === null) return false;
    restore(this.model, this.lastEpoch);
    return this.state.rollbacks++ < MOST_ROLLBACKS;
  }

  /** Asked between two epochs. */
  private isToPause(): boolean {
    const { epochsDone } = this.state;
    if (this.isStopped || epochsDone === this.plan.epochs) return false;
    return this.isPauseAsked || epochsDone === this.plan.pauseAfter;
  }

  /** Runs all steps of an epoch; returns their results, or what ended the fit. */
  private async trainEpoch(epoch: number): Promise<TrainedEpoch | FitEnding> {
    const { model, plan, batch } = this;
    const { samples, batchSize } = plan;
    const start = performance.now();
    const learningRate = this.learningRate(epoch);
    const order = this.order(epoch).subarray(0, this.rowsPerEpoch);
    const gradientSum =
      plan.gradientTolerance > 0 ? newDoubles(model.plan.parameterCount, 'the mean gradient') : null;
    let before: FloatArray | null = null;
    let lossTotal = 0;
    let weightTotal = 0;
    let skippedSteps = 0;
    let firstFault: DivergedAt | null = null;
    for (let first = 0, step = 1; first < order.length; first += batchSize, step++) {
      if (this.turns.isDue()) await this.turns.next();
      const ending = this.interruption();
      if (ending !== null) return ending;
      gather(samples, order, first, Math.min(batchSize, order.length - first), batch);
      const rates = this.rates(epoch, step, learningRate);
      const weight = weightSum(batch);
      if (plan.statistics && first + batchSize >= order.length) before = model.parameters.flat.slice();
      const { loss, fault } = takeStep(model, batch, rates, (gradients) => {
        if (gradientSum !== null) addScaled(weight, gradients, gradientSum);
      });
      if (fault === null) {
        lossTotal += weight * loss;
        weightTotal += weight;
        continue;
      }
      firstFault ??= { epoch, step, fault };
      if (plan.onNonFinite === 'error' || plan.onNonFinite === 'rollback') return diverged(firstFault);
      skippedSteps++;
    }
    // The next epoch would do no better: nothing has changed.
    if (firstFault !== null && plan.onNonFinite === 'skip' && skippedSteps * batchSize >= order.length)
      return diverged(firstFault);
    const outcome: EpochOutcome = {
      epoch,
      loss: divideNoNan(lossTotal, weightTotal),
      learningRate,
      seconds: (performance.now() - start) / 1000,
      samples: order.length,
      ...(skippedSteps > 0 ? { skippedSteps } : {}),
    };
    if (gradientSum !== null) outcome.gradientNorm = divideNoNan(norm(gradientSum), weightTotal);
    return { outcome, weight: weightTotal, order, before };
  }

  private learningRate(epoch: number): number {
    const base = this.plan.learningRates?.[epoch - 1] ?? this.model.spec.optimizer.learningRate;
    return (this.plateau?.reduced(base) ?? base) * 2 ** -this.state.rollbacks;
  }

  /** Of step `step`, from 1, of the epoch. */
  private rates(epoch: number, step: number, learningRate: number): StepRates {
    const { schedule, batchSize } = this.plan;
    const at = (epoch - 1) * Math.ceil(this.rowsPerEpoch / batchSize) + step - 1;
    return {
      learningRate: learningRate * (schedule?.learningRate?.[at] ?? 1),
      dropout: schedule?.dropout?.[at] ?? 1,
      weightDecay: schedule?.weightDecay?.[at] ?? 1,
    };
  }

  private order(epoch: number): Uint32Array {
    const { order, sampling, seed, samples, trainingRows } = this.plan;
    if (order !== null) return givenOrder(order, epoch);
    return epochOrder(sampling, seed, epoch, samples.rows, trainingRows);
  }

  /** What ends the fit at this step boundary, if anything does. */
  private interruption(): FitEnding | null {
    if (this.isStopped) return { stoppedBy: 'aborted', state: null };
    return performance.now() >= this.deadline ? { stoppedBy: 'maxTime', state: null } : null;
  }

  /**
   * Adds the measurements after an epoch to the outcome.
   *
   * @returns whether it finished
   */
  private async measure({ outcome, order, before }: TrainedEpoch): Promise<boolean> {
    const { samples, validation } = this.plan;
    if (validation !== null) {
      const measured = await this.inTurns(validate(this.model, validation.samples, validation.rows));
      if (measured === null) return false;
      Object.assign(outcome, validationFields(measured));
    }
    if (before !== null) {
      const layers = await this.inTurns(layerStatistics(this.model, samples, order, before));
      if (layers === null) return false;
      outcome.layers = layers;
    }
    return true;
  }

  /** Runs blocks of work with others' turns in between; returns their result, or null if stopped. */
  private async inTurns<T>(blocks: Generator<undefined, T>): Promise<T | null> {
    let block = blocks.next();
    while (!block.done) {
      if (this.turns.isDue()) await this.turns.next();
      if (this.isStopped) return null;
      block = blocks.next();
    }
    return block.value;
  }

  /**
   * After a whole epoch: updates the state to continue from. Returns how the fit ends here, if it has reached
   * its end.
   */
  private conclude(outcome: EpochOutcome): FitEnding | null {
    const { plan, state, plateau, earlyStopping } = this;
    const { epoch } = outcome;
    plateau?.observe(outcome);
    earlyStopping?.observe(outcome);
    if (plan.earlyStopping?.restoreBest && state.earlyStopping.bestEpoch === epoch) {
      state.best = takeSnapshot(this.model);
    }
    const converged = hasConverged(plan, outcome, state.lastLoss);
    this.keepEpoch();
    state.lastLoss = outcome.loss;
    state.epochsDone = epoch;
    if (converged) return { stoppedBy: 'converged', state: null };
    return earlyStopping?.isOver ? { stoppedBy: 'earlyStopping', state: null } : null;
  }
}

function diverged(divergedAt: DivergedAt): FitEnding {
  return { stoppedBy: 'diverged', divergedAt, state: null };
}

function validationFields({
  loss,
  accuracy,
}: Validation): Pick<EpochOutcome, 'validationLoss' | 'validationAccuracy'> {
  return accuracy === undefined
    ? { validationLoss: loss }
    : { validationLoss: loss, validationAccuracy: accuracy };
}
