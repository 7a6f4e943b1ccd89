import { describe, expect, it } from 'vitest';
import type { BackendNetwork, FitOutcome, FitSpec, FitState } from '../../src/engine/contract.js';
import type { BackendUnderTest } from './networks.js';
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
    earlyStopping: { monitor: 'validationLoss', patience: 6, minDelta: 1e-3, restoreBest: true },
  });

  const run = async (network: BackendNetwork, changes: Partial<FitSpec>): Promise<FitOutcome> => {
    const dataset = backend().createDataset(samples);
    const validation = { dataset, rows: Uint32Array.from({ length: 20 }, (_, i) => i) };
    const trainingRows = Uint32Array.from({ length: 50 }, (_, i) => i + 20);
    const fit = { ...whole, validation, trainingRows, ...changes };
    return network.fit(dataset, fit, () => {}).done;
  };

  describe('a fit that pauses', () => {
    it('continues to the same bits after any epoch, in a network that was written and read', async () => {
      const uninterrupted = createNetwork(backend(), spec);
      const end = await run(uninterrupted, {});
      expect(end.state.epochsDone).toBeGreaterThan(6);
      for (let pauseAfter = 1; pauseAfter < end.state.epochsDone; pauseAfter++) {
        const first = createNetwork(backend(), spec);
        const pause = await run(first, { pauseAfter });
        expect(pause.stoppedBy).toBe('paused');
        expect(pause.state.epochsDone).toBe(pauseAfter);
        const second = createNetwork(backend(), spec, 99);
        second.setParameters(first.getParameters());
        second.setOptimizerState(first.getOptimizerState());
        const rest = await run(second, { resume: throughText(pause.state) });
        expect([rest.stoppedBy, rest.bestEpoch]).toEqual([end.stoppedBy, end.bestEpoch]);
        expect(second.getParameters()).toEqual(uninterrupted.getParameters());
        expect(second.getOptimizerState()).toEqual(uninterrupted.getOptimizerState());
      }
    });

    it('has not restored the best network yet', async () => {
      const network = createNetwork(backend(), spec);
      const { state, bestEpoch } = await run(network, { pauseAfter: 3 });
      const best = bestEpoch === 3 ? expect(state.best?.parameters) : expect(state.best?.parameters).not;
      best.toEqual(network.getParameters());
    });

    it('does not change the state that it continues from', async () => {
      const network = createNetwork(backend(), spec);
      const { state } = await run(network, { pauseAfter: 2 });
      const before = structuredClone(state);
      await run(network, { resume: state });
      expect(state).toEqual(before);
    });
  });

  it('a whole fit ends without a best network in its state', async () => {
    const { state } = await run(createNetwork(backend(), spec), {});
    expect(state.best).toBeNull();
  });
}
