/** Reads one file in one way, and prints what it took. */

import { createReadStream } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import process from 'node:process';
import { openTable, readTable } from '../../dist/index.js';

/** Each returns the number of rows that it has looked at. */
const WAYS = {
  async readTable(file) {
    return (await readTable(file)).rowCount;
  },
  async openTable(file) {
    let rows = 0;
    for await (const batch of await openTable(file)) {
      // A batch makes its columns when they are asked for.
      batch.names.forEach((_, column) => {
        batch.values(column);
      });
      rows += batch.rowCount;
    }
    return rows;
  },
  /** Rows of numbers and texts, as a program without this library would read them. */
  async 'csv-parse'(file) {
    const { parse } = await import('csv-parse');
    let rows = 0;
    // Its option `cast` takes ten times as long as this.
    for await (const row of createReadStream(file).pipe(parse({ columns: true }))) {
      for (const name in row) if (isNumber(row[name])) row[name] = Number(row[name]);
      rows++;
    }
    return rows;
  },
};

const isNumber = (text) => text !== '' && !Number.isNaN(Number(text));

const [way, file] = process.argv.slice(2);
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
const start = performance.now();
const cpu = process.cpuUsage();
const rows = await WAYS[way](file);
const { user, system } = process.cpuUsage(cpu);
const seconds = (performance.now() - start) / 1000;
delay.disable();
const peakMegabytes = process.resourceUsage().maxRSS / 1000;
console.log(
  JSON.stringify({
    rows,
    seconds,
    cpuSeconds: (user + system) / 1e6,
    peakMegabytes,
    stallMilliseconds: delay.max / 1e6,
  }),
);
