import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { EpochOutcome } from '../../src/engine/contract.js';
import { toEpochRow } from '../../src/engine/epoch-rows.js';
import { EpochTable } from '../../src/network/epoch-table.js';
import { EpochHistory } from '../../src/network/history.js';
import { resolveNetworkOptions } from '../../src/options/network.js';
import { runChild } from '../child.js';

const plain = { validates: false, layers: 0 };
const outcome = (epoch: number): EpochOutcome => ({
  epoch,
  loss: 1 / epoch,
  learningRate: 0.1,
  seconds: 2,
  samples: 10,
});

/** Rows of the epochs from `first` to `last`. */
function rowsOf(first: number, last: number): Float64Array {
  const rows: number[] = [];
  for (let epoch = first; epoch <= last; epoch++) rows.push(...toEpochRow(outcome(epoch)));
  return Float64Array.from(rows);
}

const epochsOf = (table: EpochTable) => Array.from(table.column('epoch'));
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

describe('EpochTable', () => {
  it.each([[[1]], [[7, 1, 300]], [[1, 63, 1, 5000, 9000]]])('keeps what comes in pieces of %j', (pieces) => {
    const table = new EpochTable(plain, Infinity);
    let last = 0;
    for (const size of pieces) {
      table.append(rowsOf(last + 1, last + size));
      last += size;
    }
    expect(table.length).toBe(last);
    expect(epochsOf(table)).toEqual(upTo(last));
    expect(table.at(last - 1)).toEqual(outcome(last));
    expect(table.rows()).toEqual(rowsOf(1, last));
  });

  it.each([1, 3, 1000])('keeps no more than its limit, evenly, and the last: pieces of %i', (size) => {
    const table = new EpochTable(plain, 10);
    for (let last = 0; last < 1000; ) {
      const next = Math.min(last + size, 1000);
      table.append(rowsOf(last + 1, next));
      last = next;
      expect(table.length).toBeLessThanOrEqual(10);
      expect(epochsOf(table).at(-1)).toBe(last);
    }
    // Every 128th, of which there are eight, and the last.
    expect(epochsOf(table)).toEqual([1, 129, 257, 385, 513, 641, 769, 897, 1000]);
    expect(table.at(3)).toEqual(outcome(385));
  });

  it('loses nothing of a fit that is just as long as its limit', () => {
    const table = new EpochTable(plain, 10);
    table.append(rowsOf(1, 10));
    expect(epochsOf(table)).toEqual(upTo(10));
  });
});

describe('the history of a fit', () => {
  const { spec } = resolveNetworkOptions({ inputSize: 1, layers: [{ units: 1 }] });
  const historyOf = (epochs: number) => {
    const table = new EpochTable(plain, Infinity);
    table.append(rowsOf(1, epochs));
    return new EpochHistory(table, spec).ended('epochs', 2);
  };

  it('has records, the same whenever they are read', () => {
    const history = historyOf(3);
    expect(history.epochs.map(({ epoch, loss }) => [epoch, loss])).toEqual([
      [1, 1],
      [2, 1 / 2],
      [3, 1 / 3],
    ]);
    expect(history.epochs).toBe(history.epochs);
    expect(Array.from(history.column('loss'))).toEqual([1, 1 / 2, 1 / 3]);
    expect(history.column('validationLoss')[0]).toBeNaN();
  });

  it('can be copied, written and looked at as a plain object', () => {
    const history = historyOf(2);
    const { epochs } = history;
    expect(structuredClone(history)).toEqual({ epochs, stoppedBy: 'epochs', bestEpoch: 2 });
    expect(JSON.parse(JSON.stringify(history))).toEqual({ epochs, stoppedBy: 'epochs', bestEpoch: 2 });
    expect({ ...history }).toEqual({ epochs, stoppedBy: 'epochs', bestEpoch: 2 });
    expect(inspect(history)).toContain('epoch: 2');
  });

  it('says what its records would take rather than end a process that has not got it', async () => {
    const { status, stdout, stderr } = await runChild(
      `import { Network } from 'chainrule';
      const net = new Network({ inputSize: 2, seed: 1, backend: 'native',
        layers: [{ units: 4, activation: 'tanh' }, { units: 1, activation: 'sigmoid' }] });
      const history = await net.fit([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0],
        { epochs: 1_000_000, batchSize: 4 });
      try { history.epochs; } catch (error) { console.log(error.code, error.message); }
      console.log(history.column('loss').length);`,
      {},
      ['--max-old-space-size=200'],
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^ERR_MEMORY the records of 1000000 epochs would take about 400 MB.*historyLimit/);
    expect(stdout).toMatch(/\n1000000\n$/);
  });
});
