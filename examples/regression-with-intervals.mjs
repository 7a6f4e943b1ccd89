/**
 * Predicts how far cars come on a gallon, each time with an interval that holds the truth nine times out of ten, and
 * counts whether it does.
 *
 *     node examples/regression-with-intervals.mjs
 */

import process from 'node:process';
import { MLPRegressor } from 'chainrule';
import { readRows } from './vega-data.mjs';

const COVERAGE = 0.9;
const SCALE = { from: 0, to: 50, width: 40 };

const cars = readRows('cars.json').filter(({ Miles_per_Gallon }) => Miles_per_Gallon !== null);

// Every fourth car is only for the test. The name of a car is different in nearly every row: it is left out.
const test = cars.filter((_, i) => i % 4 === 0);
const training = cars.filter((_, i) => i % 4 !== 0);

const regressor = await new MLPRegressor({ seed: 1 }).fit(training, 'Miles_per_Gallon');
for (const warning of regressor.warnings) console.log(`note: ${warning}`);

const { rmse, r2 } = regressor.evaluate(test);
console.log(
  `\n${training.length} cars to learn from, ${test.length} to test on: ` +
    `off by ${rmse.toFixed(1)} miles per gallon (root of the mean square), R² ${r2.toFixed(2)}\n`,
);

const predicted = regressor.predict(test);
const { lower, upper } = regressor.predictInterval(test, { coverage: COVERAGE });
const isInside = (car, i) => lower[i] <= car.Miles_per_Gallon && car.Miles_per_Gallon <= upper[i];

console.log(`${'miles per gallon'.padEnd(30)} true  predicted and interval   ${axis()}`);
for (let i = 0; i < test.length; i += 8) {
  const car = test[i];
  const range = `${predicted[i].toFixed(1).padStart(5)}  (${lower[i].toFixed(1).padStart(4)} to ${upper[i].toFixed(1).padStart(4)})`;
  const mark = isInside(car, i) ? ' ' : '!';
  console.log(
    `${car.Name.slice(0, 29).padEnd(30)} ${car.Miles_per_Gallon.toFixed(1).padStart(4)}  ${range} ${mark}   ${bar(i)}`,
  );
}

const covered = test.filter(isInside).length;
console.log(
  `\n${covered} of ${test.length} are inside their intervals: ${((100 * covered) / test.length).toFixed(0)} %, ` +
    `asked for were ${100 * COVERAGE} %`,
);
process.exitCode = covered > 0 ? 0 : 1;

/** The interval of a car as a line, with what is predicted (+) and what is true (o). */
function bar(i) {
  const place = (value) => Math.round(((value - SCALE.from) / (SCALE.to - SCALE.from)) * SCALE.width);
  const cells = new Array(SCALE.width + 1).fill(' ');
  const put = (value, sign) => {
    cells[Math.min(Math.max(place(value), 0), SCALE.width)] = sign;
  };
  for (let value = lower[i]; value <= upper[i]; value += 0.5) put(value, '-');
  put(predicted[i], '+');
  put(test[i].Miles_per_Gallon, 'o');
  return `|${cells.join('')}|`;
}

function axis() {
  return ` ${String(SCALE.from).padEnd(SCALE.width - 1)}${SCALE.to}`;
}
