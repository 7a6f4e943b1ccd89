import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { MLPRegressor, readTable } from '../../../src/index.js';
import { expectError, expectRejection } from '../../errors.js';

it('having leaves out rows without a value, and the others keep their lines', async () => {
  const path = join(await mkdtemp(join(tmpdir(), 'chainrule-')), 'rows.csv');
  const lines = Array.from({ length: 30 }, (_, row) => `${row},${row % 7 === 3 ? 'n/a' : row * 1.5}`);
  await writeFile(path, `x,y\n${lines.join('\n')}\n`);
  const table = await readTable(path);
  const fit = (rows: typeof table | ReturnType<typeof table.having>) =>
    new MLPRegressor({ seed: 1, epochs: 1, backend: 'reference', columns: { x: 'numeric' } }).fit(rows, 'y');
  await expectRejection(fit(table), 'ERR_DATA', /labels holds .* in line 5, expected a number.*`having`/);
  const known = table.having('y');
  expect(known.rowCount).toBe(26);
  expect(known.where?.(3)).toBe('line 6');
  expect(Array.from(known.values(0)).slice(0, 4)).toEqual([0, 1, 2, 4]);
  expect((await fit(known)).predict(known)).toHaveLength(26);
  expectError(() => table.having('z'), 'ERR_OPTION', "no column 'z'");
});
