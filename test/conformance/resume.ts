import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { EpochOutcome, FitJob, FitOutcome, FitSpec, FitState } from '../../src/engine/contract.js';
import type { BackendUnderTest, NetworkUnderTest } from './networks.js';
import { adam, createNetwork, createSamples, fitSpec, layer, networkSpec } from './networks.js';

/** The state as a file would keep it: passed through text, except the arrays. */
function throughText(state: FitState): FitState {
  const texts: string[] = [];
  const { best, ...plain } = state;
  const numbers = JSON.stringify(plain, (_, value) => {
    if (typeof value !== 'number' || Number.isFinite(value)) return value;
    return `number ${texts.push(String(value)) - 1}`;
  });
  const read = JSON.parse(numbers, (_, value) => {
    const [, index] = /^number (\d+)$/.exec(value) ?? [];
    return index === undefined ? value : Number(texts[Number(index)]);
  });
  return { ...read, best };
}

/** The state of a fit that has paused. */
function pausedState(outcome: FitOutcome): FitState {
  if (outcome.stoppedBy !== 'paused') throw new Error(`the fit was not paused but ${outcome.stoppedBy}`);
  return outcome.state;
}

const FOREVER = 1e9;

export function resuming(backend: BackendUnderTest): void {
  const layers = [{ ...layer(12, 'tanh'), dropout: 0.2 }, layer(3, 'softmax')];
  const spec = networkSpec(5, layers, 'crossEntropy', { optimizer: adam });
  const samples = createSamples(spec, 70);

  /** Everything that remembers something from one epoch to the next. */
  const whole = fitSpec({
    epochs: 9,
    batchSize: 16,
    sampling: 'shuffle',
    learningRates: Float64Array.from({ length: 9 }, (_, e) => [0.02, 0.5, 0.01][e % 3]!),
    plateau: {
      monitor: 'loss',
      factor: 0.5,
      patience: 1,
      minDelta: 0.01,
      cooldown: 1,
      minLearningRate: 1e-4,
      firstEpoch: 2,
    },
    earlyStopping: {
      monitor: 'validationLoss',
      patience: 6,
      minDelta: 1e-3,
      restoreBest: true,
      lastOfTies: false,
    },
  });

  const start = (
    network: NetworkUnderTest,
    changes: Partial<FitSpec>,
    onEpoch: (outcome: EpochOutcome, job: FitJob) => void = () => {},
  ): FitJob => {
    const dataset = backend().createDataset(samples);
    const validation = { dataset, rows: Uint32Array.from({ length: 20 }, (_, i) => i) };
    const trainingRows = Uint32Array.from({ length: 50 }, (_, i) => i + 20);
    const fit = { ...whole, validation, trainingRows, ...changes };
    const job = network.fit(dataset, fit, (outcome) => onEpoch(outcome, job));
    return job;
  };

  const run = (...fit: Parameters<typeof start>): Promise<FitOutcome> => start(...fit).done;

  /** A network as one that is written and read, for another process to continue with. */
  const copyOf = (network: NetworkUnderTest): NetworkUnderTest => {
    const copy = createNetwork(backend(), spec, 99);
    copy.setParameters(network.getParameters());
    copy.setOptimizerState(network.getOptimizerState());
    return copy;
  };

  const uninterrupted = async () => {
    const network = createNetwork(backend(), spec);
    let epochs = 0;
    const end = await run(network, {}, () => epochs++);
    return { network, end, epochs };
  };

  const expectSame = (actual: NetworkUnderTest, expected: NetworkUnderTest) => {
    expect(actual.getParameters()).toEqual(expected.getParameters());
    expect(actual.getOptimizerState()).toEqual(expected.getOptimizerState());
  };

  describe('a fit that pauses', () => {
    it('goes on to the same bits after any epoch, in a network that was written and read', async () => {
      const { network, end, epochs } = await uninterrupted();
      expect(epochs).toBeGreaterThan(6);
      for (let pauseAfter = 1; pauseAfter < epochs; pauseAfter++) {
        const first = createNetwork(backend(), spec);
        const state = pausedState(await run(first, { pauseAfter }));
        expect(state.epochsDone).toBe(pauseAfter);
        const second = copyOf(first);
        const rest = await run(second, { resume: throughText(state) });
        expect([rest.stoppedBy, rest.bestEpoch]).toEqual([end.stoppedBy, end.bestEpoch]);
        expectSame(second, network);
      }
    });

    it('has not restored the best network yet', async () => {
      const network = createNetwork(backend(), spec);
      const outcome = await run(network, { pauseAfter: 3 });
      const { best } = pausedState(outcome);
      const isBest = outcome.bestEpoch === 3 ? expect(best?.parameters) : expect(best?.parameters).not;
      isBest.toEqual(network.getParameters());
    });

    it('does not change the state that it continues from', async () => {
      const network = createNetwork(backend(), spec);
      const state = pausedState(await run(network, { pauseAfter: 2 }));
      const before = structuredClone(state);
      await run(network, { resume: state });
      expect(state).toEqual(before);
    });
  });

  describe('pause', () => {
    it('from onEpoch, as often as there are epochs, changes no bit of what the fit comes to', async () => {
      const { network, end, epochs } = await uninterrupted();
      let part = createNetwork(backend(), spec);
      let reported = 0;
      const pausing = ({ epoch }: EpochOutcome, job: FitJob) => {
        expect(epoch).toBe(++reported);
        job.pause();
      };
      let outcome = await run(part, {}, pausing);
      while (outcome.stoppedBy === 'paused') {
        const resume = throughText(outcome.state);
        expect(resume.epochsDone).toBe(reported);
        part = copyOf(part);
        outcome = await run(part, { resume }, pausing);
      }
      expect([outcome.stoppedBy, outcome.bestEpoch]).toEqual([end.stoppedBy, end.bestEpoch]);
      expect(reported).toBe(epochs);
      expectSame(part, network);
    });

    it('from outside, at any time, ends a fit whose state goes on to the same bits', async () => {
      const rest = 40;
      for (const milliseconds of [0, 1, 3, 10, 30]) {
        const changes = { epochs: FOREVER, learningRates: null, earlyStopping: null };
        const first = createNetwork(backend(), spec);
        const epochs: number[] = [];
        const job = start(first, changes, ({ epoch }) => epochs.push(epoch));
        await sleep(milliseconds);
        job.pause();
        const state = pausedState(await job.done);
        expect(epochs).toEqual(Array.from({ length: state.epochsDone }, (_, i) => i + 1));

        const second = copyOf(first);
        const end = state.epochsDone + rest;
        await run(second, { ...changes, epochs: end, resume: throughText(state) });
        const expected = createNetwork(backend(), spec);
        await run(expected, { ...changes, epochs: end });
        expectSame(second, expected);
      }
    });

    it('before the first epoch leaves that one to be trained', async () => {
      const network = createNetwork(backend(), spec);
      const job = start(network, { epochs: FOREVER, learningRates: null, earlyStopping: null });
      job.pause();
      const { epochsDone } = pausedState(await job.done);
      expect(epochsDone).toBeGreaterThan(0);
      expect(network.getOptimizerState().step).toBe(4 * epochsDone);
    });

    it('does nothing in an epoch in which something else ends the fit', async () => {
      for (const [changes, stoppedBy] of [
        [{ epochs: 1, learningRates: null }, 'epochs'],
        [{ gradientTolerance: 1e9 }, 'converged'],
        [{ maxTimeMs: 0 }, 'maxTime'],
      ] as const) {
        const job = start(createNetwork(backend(), spec), changes);
        job.pause();
        expect(await job.done).toMatchObject({ stoppedBy, state: null });
      }
      // The first epoch improves on infinity, the second on nothing.
      const earlyStopping = { ...whole.earlyStopping!, patience: 1, minDelta: 1e9 };
      const second = await run(createNetwork(backend(), spec), { pauseAfter: 2, earlyStopping });
      expect(second).toMatchObject({ stoppedBy: 'earlyStopping', state: null });
    });

    it('does nothing once the fit has ended', async () => {
      const network = createNetwork(backend(), spec);
      const job = start(network, { epochs: 2, learningRates: null });
      const outcome = await job.done;
      const parameters = network.getParameters();
      job.pause();
      job.stop();
      expect(await job.done).toBe(outcome);
      expect(network.getParameters()).toEqual(parameters);
      expect((await run(network, { epochs: 2, learningRates: null })).stoppedBy).toBe('epochs');
    });

    it('loses to stop, in whatever order they come', async () => {
      for (const first of ['stop', 'pause'] as const) {
        const changes = { epochs: FOREVER, learningRates: null };
        const job = start(createNetwork(backend(), spec), changes);
        job[first]();
        job[first === 'stop' ? 'pause' : 'stop']();
        expect(await job.done).toMatchObject({ stoppedBy: 'aborted', state: null });
      }
    });

    it('loses to stop in the report of the epoch that it ends, and no further step is taken', async () => {
      const network = createNetwork(backend(), spec);
      const changes = { pauseAfter: 2, earlyStopping: null };
      const outcome = await run(network, changes, ({ epoch }, job) => {
        if (epoch === 2) job.stop();
      });
      expect(outcome).toEqual({ stoppedBy: 'aborted', state: null, lossWeight: 50 });
      expect(network.getOptimizerState().step).toBe(8);
    });
  });

  it('what onEpoch throws wins over a pause, and the best network is restored', async () => {
    const error = new Error('enough');
    const restoring = createNetwork(backend(), spec);
    const best = createNetwork(backend(), spec);
    // Epoch 1 stays the best.
    const earlyStopping = { ...whole.earlyStopping!, minDelta: 1e9 };
    await run(best, { pauseAfter: 1, earlyStopping });
    const job = start(restoring, { pauseAfter: 3, earlyStopping }, ({ epoch }) => {
      if (epoch === 3) throw error;
    });
    await expect(job.done).rejects.toBe(error);
    expectSame(restoring, best);
    restoring.trainBatch(samples);
  });

  it('the network is busy until a fit has reported its end', async () => {
    const network = createNetwork(backend(), spec);
    const codes: unknown[] = [];
    const outcome = await run(network, { pauseAfter: 3 }, () => {
      try {
        network.trainBatch(samples);
      } catch (error) {
        codes.push((error as { code?: unknown }).code);
      }
    });
    expect(codes).toEqual(['ERR_BUSY', 'ERR_BUSY', 'ERR_BUSY']);
    expect(outcome.stoppedBy).toBe('paused');
    network.trainBatch(samples);
  });

  it('a fit that has not paused ends without a state', async () => {
    const { end } = await uninterrupted();
    expect(end.state).toBeNull();
  });
}
