/**
 * Lets DuckDB make a table out of a file by SQL, and trains on the result: what is known of a week in Seattle predicts
 * the next day's highest temperature. DuckDB reads CSV, Parquet, JSON and databases; this needs `@duckdb/node-api`.
 *
 *     node examples/duckdb.mjs
 */

import { DuckDBInstance } from '@duckdb/node-api';
import { MLPRegressor } from 'chainrule';
import { dataFile } from './vega-data.mjs';

const weather = dataFile('seattle-weather.csv');

const instance = await DuckDBInstance.create(':memory:');
const connection = await instance.connect();

// What a query language is good at: windows over the days before, and the day after as the target.
const query = (when) => `
  WITH days AS (
    SELECT
      date, temp_max, temp_min, precipitation, wind, weather,
      avg(temp_max) OVER week AS week_average,
      sum(precipitation) OVER week AS week_rain,
      temp_max - lag(temp_max) OVER by_date AS change,
      lead(temp_max) OVER by_date AS tomorrow
    FROM read_csv('${weather.replaceAll("'", "''")}')
    WINDOW by_date AS (ORDER BY date), week AS (ORDER BY date ROWS 6 PRECEDING)
  )
  SELECT * FROM days WHERE tomorrow IS NOT NULL AND ${when} ORDER BY date`;

const training = await connection.runAndReadAll(query("date < DATE '2015-01-01'"));
const test = await connection.runAndReadAll(query("date >= DATE '2015-01-01'"));
console.log(
  `${training.currentRowCount} days of 2012 to 2014 to learn from, ${test.currentRowCount} of 2015 to test on`,
);

// Days follow each other: the latest fifth is held out, not days in between.
const regressor = await new MLPRegressor({ seed: 1 }).fit(training, 'tomorrow', { time: 'date' });

const { mae, r2 } = regressor.evaluate(test);
const [[asToday]] = (
  await connection.runAndReadAll(
    `SELECT avg(abs(tomorrow - temp_max)) FROM (${query("date >= DATE '2015-01-01'")})`,
  )
).getRowsJS();
console.log(`\nMean error of the prediction: ${mae.toFixed(2)} °C (R² ${r2.toFixed(2)})`);
console.log(`Mean error of "as today":     ${asToday.toFixed(2)} °C`);

console.log('\nWhat matters most (how much the error grows when a column is shuffled):');
for (const { name, importance } of regressor
  .importance(test, undefined, { metric: 'mae', seed: 1 })
  .slice(0, 5)) {
  console.log(`  ${name.padEnd(16)} ${importance.toFixed(2)} °C`);
}

connection.closeSync();
