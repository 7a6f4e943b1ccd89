/** Compares the encoder of rows with what numpy and scikit-learn gave for the same columns. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { RowEncoder } from '../../src/data/row-encoder.js';
import { toTable } from '../../src/data/to-table.js';
import { elementwise, expectClose } from '../tolerance.js';

interface Recording {
  name: string;
  type: 'numbers' | 'categories';
  values: (number | string | null)[];
  unseen: (number | string | null)[];
  oracle: string;
  centres: number[];
  /** What divides, 0 for a constant. */
  spreads: number[];
  features: (number[] | { resting: number; others: Record<number, number> })[];
}

/** 1 / (1 / spread) in double: two roundings. */
const inverted = { relative: 2 * 2 ** -52, floor: 0 };

const folder = new URL(process.env.CHAINRULE_ORACLES ?? '../fixtures/oracles/', import.meta.url);
const recordings: Recording[] = readFileSync(new URL('preprocessing.jsonl', folder), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line));

it('the recordings match the current cases (otherwise: npm run test:oracles -- --record)', async () => {
  const cases = await import(new URL('../oracles/preprocessing-cases.mjs', import.meta.url).href);
  const given = recordings.map(({ oracle: _, centres: __, spreads: ___, features: ____, ...rest }) => rest);
  expect(given).toEqual(cases.preprocessingCases);
});

describe('the encoder of rows', () => {
  it.for(recordings.map((recording) => [recording.name, recording] as const))(
    'scales as numpy and scikit-learn: %s',
    ([, recording]) => {
      const kind = recording.type === 'numbers' ? 'numeric' : 'categorical';
      const cells = (values: Recording['values']) =>
        toTable(
          values.map((x) => ({ x })),
          {},
          'rows',
        );
      const encoder = RowEncoder.fit(cells(recording.values), { columns: { x: kind } });

      const { scales = [] } = encoder.toJSON().columns[0].state ?? {};
      expect(scales.map(({ centre }) => centre)).toEqual(recording.centres);
      const spreads = scales.map(({ factor }) => (factor === 0 ? 0 : 1 / factor));
      expectClose(spreads, recording.spreads, inverted, 'spreads');

      const rows = [...recording.values, ...recording.unseen];
      const features = encoder.transform(cells(rows));
      const width = recording.centres.length;
      // What says yes or no, as one of the categories or that a number is missing, counts half.
      const isFlag = (feature: number) => kind === 'categorical' || feature > 0;
      const expected = recording.features.flatMap((row) =>
        unpack(row, width).map((value, feature) => (isFlag(feature) ? value / 2 : value)),
      );
      expectClose(features, expected, elementwise, 'features');
    },
  );
});

function unpack(row: Recording['features'][number], width: number): number[] {
  if (Array.isArray(row)) return row;
  return Array.from({ length: width }, (_, feature) => row.others[feature] ?? row.resting);
}
