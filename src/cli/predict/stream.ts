/** Predictions of a file as a stream of text, a batch of rows after the other. */

import type { Table, TableSource } from '../../index.js';
import { BatchWarnings } from '../shared/batch-warnings.js';
import { inFile } from '../shared/failure.js';
import type { Predictor } from './predictor.js';
import type { RowWriter } from './writers.js';

/** What is known once all rows are through. */
export interface Predicted {
  rows: number;
  warnings: string[];
}

const CHARACTERS_PER_CHUNK = 2 ** 16;

/**
 * Texts that together are the output; returns what there was to say.
 *
 * @param ids - columns of the file to copy
 * @param facts - the end of a JSON document, from what is known by then
 */
export async function* predictions(
  source: TableSource,
  ids: readonly string[],
  predictor: Predictor,
  writer: RowWriter,
  facts: (predicted: Predicted) => object,
): AsyncGenerator<string, Predicted, undefined> {
  const warnings = new BatchWarnings();
  let rows = 0;
  let text = writer.begin();
  const batches = source[Symbol.asyncIterator]();
  for (;;) {
    const next = await inFile(source.path, () => batches.next());
    if (next.done) break;
    const batch = next.value;
    const columns = await inFile(source.path, () => columnsOf(batch, ids, predictor, warnings));
    for (let row = 0; row < batch.rowCount; row++) {
      text += writer.row(columns.map((cells) => cells[row]));
      if (text.length >= CHARACTERS_PER_CHUNK) {
        yield text;
        text = '';
      }
    }
    rows += batch.rowCount;
  }
  const predicted = { rows, warnings: warnings.sentences() };
  yield text + writer.end(facts(predicted));
  return predicted;
}

async function columnsOf(
  batch: Table,
  ids: readonly string[],
  predictor: Predictor,
  warnings: BatchWarnings,
): Promise<ArrayLike<unknown>[]> {
  const copied = ids.map((name) => batch.values(batch.names.indexOf(name)));
  if (batch.rowCount === 0) return [];
  return [...copied, ...(await predictor.predict(batch, (message) => warnings.add(message)))];
}
