/** Files whose rows do not fit into V8's heap: an error, where V8 would end the process. */

import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { runChild } from '../../child.js';
import { fileWith } from './files.js';

const ROWS = 700_000;
const LIMIT = ['--max-old-space-size=96'];

/** Prints how many rows there are, or what the error says. */
const read = (path: string, way: string) =>
  runChild(
    `import { openTable, readTable } from 'chainrule';
     const path = ${JSON.stringify(path)};
     let rows = 0;
     try {
       ${way}
       console.log(rows);
     } catch (error) {
       console.log(error.code, error.message);
     }`,
    {},
    LIMIT,
  );
const WHOLE = 'rows = (await readTable(path)).rowCount;';
const BATCHES = 'for await (const batch of await openTable(path)) rows += batch.rowCount;';

it('a file that is larger than the heap is an error as a whole, and comes in batches', async () => {
  const text = Array.from({ length: ROWS }, (_, row) => `somebody ${row},another ${row},${row}\n`).join('');
  const path = fileWith(gzipSync(`one,other,number\n${text}`, { level: 1 }), '.csv.gz');
  const [whole, batches] = await Promise.all([read(path, WHOLE), read(path, BATCHES)]);
  expect(whole).toMatchObject({ status: 0, stdout: expect.stringMatching(/^ERR_MEMORY no memory for the/) });
  expect(batches).toMatchObject({ status: 0, stdout: `${ROWS}\n` });
}, 60_000);
