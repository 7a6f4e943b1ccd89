/** Packed Arrow files, as pandas and pyarrow write them (test/oracles/feather.py). */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { codecHint } from '../../../src/data/read/binary/arrow-codecs.js';
import { unpackLz4Frame } from '../../../src/data/read/binary/lz4-frame.js';
import { openTable } from '../../../src/data/read/open-table.js';
import { readTable } from '../../../src/data/read/read-table.js';
import { expectRejection } from '../../errors.js';
import { cellsOfBatches, fileWith } from './files.js';

const file = (name: string) => fileURLToPath(new URL(`../../fixtures/feather/${name}`, import.meta.url));
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe('a packed Arrow file', () => {
  it.each(['pandas.feather', 'zstd.feather', 'lz4-stream.arrows'])(
    '%s has the rows that pandas wrote as CSV',
    async (name) => {
      const [table, csv] = [await readTable(file(name)), await readTable(file('rows.csv'))];
      expect(table.names).toEqual(csv.names);
      expect(table.columns.map(({ kind, missing }) => [kind, missing])).toEqual(
        csv.columns.map(({ kind, missing }) => [kind, missing]),
      );
      for (const column of table.names) expect(table.typed(column)).toEqual(csv.typed(column));
    },
  );

  it('comes in batches', async () => {
    const { count } = await cellsOfBatches(await openTable(file('zstd.feather'), { batchRows: 100 }));
    expect(count).toEqual((await readTable(file('rows.csv'))).typed('count'));
  });

  it('may have many rows in few bytes', async () => {
    const { rowCount, columns } = await readTable(file('zeros.arrow'));
    expect(rowCount).toBe(1_000_000);
    expect(columns).toMatchObject([{ name: 'zero', kind: 'constant', missing: 0 }]);
  });

  it('is refused if it is damaged', async () => {
    const bytes = readFileSync(file('pandas.feather'));
    // The description of the record batch, where the library would look for another one for ever.
    bytes.fill(0xff, 1800, 2000);
    await expectRejection(readTable(fileWith(bytes, '.feather')), 'ERR_FILE', /could not be read as Arrow/);
  });

  it('that cannot be unpacked says what to install', () => {
    const message = 'Record batch is compressed but codec not found';
    expect(codecHint({}, message)).toMatch('npm install apache-arrow@latest');
    const compressionRegistry = { get: () => null, set: () => {} };
    expect(codecHint({ compressionRegistry }, message)).toMatch('npm install hyparquet-compressors');
    expect(codecHint({}, 'Unexpected end of file')).toBe('');
  });
});

describe('an LZ4 frame', () => {
  it('is unpacked to the bytes that pyarrow packed', () => {
    const repeats = unpackLz4Frame(readFileSync(file('repeats.lz4')));
    expect(Buffer.from(repeats).toString()).toBe('abcabcabc'.repeat(30_000));
    const noise = unpackLz4Frame(readFileSync(file('noise.lz4')));
    // Of random.Random(1).randbytes(1500).
    expect([noise.length, sha256(noise)]).toEqual([
      1500,
      '07c95dc57411ecab495cbdc8045562109ac24781702801986aa7b3923848deff',
    ]);
  });

  it('that is cut off or damaged anywhere is an error or other bytes, and ends', () => {
    const bytes = readFileSync(file('repeats.lz4'));
    for (let end = 0; end < bytes.length; end++) {
      expect(() => unpackLz4Frame(bytes.subarray(0, end))).toThrow('LZ4 is damaged');
    }
    let errors = 0;
    for (let at = 0; at < bytes.length; at++) {
      const damaged = Uint8Array.from(bytes);
      damaged[at] ^= 0x80;
      try {
        expect(unpackLz4Frame(damaged).length).toBeLessThan(2 ** 22);
      } catch (error) {
        expect(String(error)).toMatch(/^Error: LZ4/);
        errors++;
      }
    }
    expect(errors).toBeGreaterThan(20);
  });
});
