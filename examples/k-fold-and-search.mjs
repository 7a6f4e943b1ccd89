/**
 * How good is a model on rows that it has not seen, and do other options make it better? Cross-validation of a
 * classifier of penguins, then a search over a few options, judged on penguins that the search has not seen.
 *
 *     node examples/k-fold-and-search.mjs
 *     node examples/k-fold-and-search.mjs --quick     fewer and smaller networks
 */

import process from 'node:process';
import { crossValidate, MLPClassifier, search } from 'chainrule';
import { readRows } from './vega-data.mjs';

const isQuick = process.argv.includes('--quick');
const options = { seed: 1, ...(isQuick && { members: 1, epochs: 8 }) };

const penguins = readRows('penguins.json')
  // Their beaks tell the species nearly always: without them there is something left to find out.
  .map(({ 'Beak Length (mm)': _, 'Beak Depth (mm)': __, ...penguin }) => penguin);
const test = penguins.filter((_, i) => i % 5 === 0);
const training = penguins.filter((_, i) => i % 5 !== 0);

console.log(`5 folds of ${training.length} penguins, each predicted by a model of the other four:`);
const validated = await crossValidate(new MLPClassifier(options), training, 'Species', {
  folds: 5,
  seed: 1,
  onFold: ({ fold, score }) => console.log(`  fold ${fold + 1}: ${percent(score)} right`),
});
console.log(`  mean ${percent(validated.mean)}, standard deviation ${percent(validated.standardDeviation)}`);

const space = isQuick
  ? { hiddenLayers: [[8], [32]], dropout: [0, 0.15] }
  : { hiddenLayers: [[16], [64, 64], [128, 128, 128]], dropout: [0, 0.15], learningRate: [0.01, 0.04] };
console.log('\nEvery combination of a few options, in 3 folds each:');
const found = await search(MLPClassifier, space, training, 'Species', {
  folds: 3,
  seed: 1,
  maxTimeMs: 60_000,
});
for (const { options, mean } of found.candidates.slice(0, 5)) {
  const chosen = Object.keys(space).map((name) => `${name} ${JSON.stringify(options[name])}`);
  console.log(`  ${percent(mean)} right with ${chosen.join(', ')}`);
}

const before = (await new MLPClassifier(options).fit(training, 'Species')).score(test, 'Species');
const after = found.estimator.score(test, 'Species');
console.log(`\nOn ${test.length} penguins that neither has seen:`);
console.log(`  ${percent(before)} right with the defaults, ${percent(after)} with the best of the search`);

function percent(share) {
  return `${(100 * share).toFixed(1)} %`;
}
