import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Activation, Loss, Samples } from '../../src/engine/contract.js';
import { type BackendUnderTest, layer, networkSpec, networkWith } from './networks.js';

/** A row, and its loss to fifty digits, by `test/oracles/extreme_losses.py`. */
interface Extreme {
  loss: Loss;
  parameters: number[];
  outputs: number[];
  value: number;
  label?: number;
  targets?: number[];
}

const file = new URL('../fixtures/oracles/extreme-losses.jsonl', import.meta.url);
const rows: Extreme[] = readFileSync(file, 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));

/** Smaller numbers count as 0, a term of each column among them. */
const SMALLEST_NORMAL = 2 ** -126;

/** Losses of outputs up to the largest float32. */
export function extremeLosses(backend: BackendUnderTest): void {
  const outputOf: Partial<Record<Loss, Activation>> = { bce: 'sigmoid', crossEntropy: 'softmax' };

  /** By a layer whose weight is the identity matrix. */
  const lossOf = ({ loss, parameters, outputs, label, targets }: Extreme) => {
    const units = outputs.length;
    const spec = networkSpec(units, [layer(units, outputOf[loss] ?? 'identity', false)], loss, {
      lossParameters: parameters,
    });
    const identity = Float32Array.from({ length: units * units }, (_, i) => (i % (units + 1) === 0 ? 1 : 0));
    const samples: Samples = {
      rows: 1,
      inputs: Float32Array.from(outputs),
      targets: label === undefined ? Float32Array.from(targets ?? []) : Int32Array.of(label),
      weights: null,
    };
    return networkWith(backend(), spec, identity).evaluate(samples).loss;
  };

  describe('extreme losses', () => {
    it.each([...new Set(rows.map(({ loss }) => loss))])(
      '%s is right to four units of its last digit',
      (loss) => {
        const unit = (value: number) => 2 ** (Math.floor(Math.log2(Math.max(value, SMALLEST_NORMAL))) - 23);
        for (const row of rows.filter((row) => row.loss === loss)) {
          const came = lossOf(row);
          const wrong = Math.abs(came - row.value);
          const most = 4 * unit(row.value) + 8 * SMALLEST_NORMAL;
          expect(wrong, `${JSON.stringify(row)}: ${came}`).toBeLessThanOrEqual(most);
        }
      },
    );
  });
}
