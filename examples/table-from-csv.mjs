/**
 * From a CSV file to a model in a file, and back: reads the weather of four years in Seattle, learns what kind of day
 * it was, says how good that is, saves the model, loads it and predicts.
 *
 *     node examples/table-from-csv.mjs
 *     node examples/table-from-csv.mjs FILE COLUMN     a file of your own, and the column to predict
 */

import path from 'node:path';
import process from 'node:process';
import { MLPClassifier, readTable } from 'chainrule';
import { drawConfusionMatrix } from './confusion-matrix.mjs';
import { dataFile } from './vega-data.mjs';

const MODEL = 'table.safetensors';

const [file = dataFile('seattle-weather.csv'), target = 'weather'] = process.argv.slice(2);

const table = await readTable(file);
console.log(`${path.basename(file)}: ${table.rowCount} rows, ${table.columns.length} columns`);
for (const warning of table.warnings) console.log(`  ${warning}`);

// Nothing else has to be said. Five networks, each on four fifths of the rows, judge the other fifth.
const classifier = await new MLPClassifier({ seed: 1 }).fit(table, target);

console.log('\nWhat the columns were taken for:');
for (const { name, kind, used, reason, missing } of classifier.columns) {
  const notes = [used ? '' : `left out: ${reason}`, missing > 0 ? `${missing} missing` : ''].filter(Boolean);
  console.log(`  ${name.padEnd(16)} ${kind.padEnd(12)} ${notes.join(', ')}`);
}
for (const warning of classifier.warnings) console.log(`  ${warning}`);

const { evaluation, labels } = classifier.heldOut();
const counts = classifier.classes.map((label) => labels.filter((each) => each === label).length);
const most = Math.max(...counts);
console.log(`
${percent(evaluation.accuracy)} of the rows are predicted correctly by networks that had not seen them;
'${classifier.classes[counts.indexOf(most)]}' for every row would be right for ${percent(most / labels.length)}.

Rows are what is true, columns what is predicted:
`);
console.log(drawConfusionMatrix(evaluation.confusionMatrix, { colours: process.stdout.isTTY === true }));
console.log(`     in the order ${classifier.classes.map((label, i) => `${i} ${label}`).join(', ')}`);

await classifier.save(MODEL);
const loaded = await MLPClassifier.load(MODEL);
console.log(`\nSaved as ${MODEL}, loaded again; the last three rows:`);
const last = rowsOf(table).slice(-3);
loaded.predictProbability(last).forEach((probabilities, i) => {
  const chances = loaded.classes.map((label, c) => `${label} ${percent(probabilities[c])}`);
  console.log(`  ${last[i][target]} is true; predicted: ${chances.join(', ')}`);
});

/** The rows of a table as objects. */
function rowsOf(table) {
  const columns = table.names.map((_, column) => table.values(column));
  return Array.from({ length: table.rowCount }, (_, row) =>
    Object.fromEntries(table.names.map((name, column) => [name, columns[column][row]])),
  );
}

function percent(share) {
  return `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
}
