/** What the rows of the fit were. */

import type { EncoderState } from '../data/encoder-state.js';
import type { RowEncoder } from '../data/row-encoder.js';
import type { InputShape } from '../estimators/fit-input.js';
import type { ColumnReport, DataFacts } from './facts.js';

/** Everything but what the caller and the tested rows add. */
export function dataFacts(
  encoder: RowEncoder,
  { dropped, target }: InputShape,
  fitRows: number | null,
): Omit<DataFacts, 'warnings' | 'testWarnings' | 'readWarnings'> {
  const { columns: learnt } = encoder.toJSON();
  const columns = encoder.columns.map((column, i): ColumnReport => {
    const { name, kind, used, unit = null, reason = null, asked, missing, features } = column;
    return { name, kind, used, unit, reason, asked, missing, features, values: valuesOf(learnt[i].state) };
  });
  return { fitRows, columns, dropped: dropped.filter((name) => name !== target) };
}

const LISTED = 3;

/** The values of a column that is used, as far as the encoder knows them. */
function valuesOf(state: EncoderState['columns'][number]['state']): ColumnReport['values'] {
  if (state?.type === 'numeric') return { median: state.scales[0].centre };
  if (state?.type !== 'categorical') return null;
  const { categories, other } = state;
  return { categories: categories.slice(0, LISTED), count: categories.length, others: other };
}
