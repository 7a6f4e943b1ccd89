import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const load = (name: string) => import(new URL(`./${name}`, import.meta.url).href);
const { faultsOfCase, faultsOfFile } = await load('case.mjs');
const { generate } = await load('generated.mjs');

const folder = fileURLToPath(new URL('.', import.meta.url));
// biome-ignore lint/suspicious/noExplicitAny: its schema is in README.md.
const cases: any[] = JSON.parse(readFileSync(join(folder, 'cases.json'), 'utf8'));
const scratch = mkdtempSync(join(tmpdir(), 'chainrule-rows-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const places = { folder, scratch, generated: generate(folder, cases, scratch) };
const byName = (name: string) => structuredClone(cases.find((each) => each.name === name));

describe('files of rows', () => {
  const readable = cases.filter(({ expect }) => expect.error === undefined);
  it.each(readable.map((each) => [each.name, each]))('%s is read', async (_, each) => {
    expect(await faultsOfFile(each, places)).toEqual([]);
  });

  // `npm run test:rows` trains on all of them.
  it.each([
    'ragged-too-few-cells',
    'target-misspelt',
    'target-with-missing-cells',
    'labels-in-mixed-letter-case',
    'predict-unseen-category',
    'labels-that-look-like-formulas',
    'arrow-ipc-stream',
  ])('%s holds', async (name) => {
    expect(await faultsOfCase(byName(name), places)).toEqual([]);
  });
});

describe('the comparison fails', () => {
  // biome-ignore lint/suspicious/noExplicitAny: see above.
  it.each<[string, string, (each: any) => void]>([
    ['for another number of rows', 'utf8-bom', ({ expect }) => expect.rows++],
    ['for another name of a column', 'utf8-bom', ({ expect }) => expect.columns.reverse()],
    ['for a further column', 'utf8-bom', ({ expect }) => expect.columns.push(null)],
    ['for another type', 'utf8-bom', ({ expect }) => (expect.types.edge = 'numeric')],
    [
      'for a missing cell that nobody expects',
      'missing-value-markers',
      ({ expect }) => delete expect.missing.crew,
    ],
    ['for a number that differs a little', 'utf8-bom', ({ expect }) => (expect.checks[0].value += 1e-6)],
    ['for another text', 'utf8-bom', ({ expect }) => (expect.checks[2].value = 'Smooth')],
    [
      'for another instant',
      'parquet-snappy',
      ({ expect }) => (expect.checks[1].value = '2026-02-01T00:00:01Z'),
    ],
    [
      'for a long number that differs in its last digit',
      'parquet-snappy',
      ({ expect }) => (expect.checks[0].value = '9007199254740992'),
    ],
    ['for a cell that is not missing', 'utf8-bom', ({ expect }) => (expect.checks[0].value = null)],
    ['for fewer values', 'parquet-snappy', ({ expect }) => expect.distinct.order_no--],
    ['for too long a time', 'five-thousand-columns', ({ expect }) => (expect.seconds = 1e-6)],
    [
      'for a condition that it does not know',
      'utf8-bom',
      ({ expect }) => (expect.after = 'the moon is full'),
    ],
  ])('%s', async (_, name, change) => {
    const each = byName(name);
    change(each);
    expect(await faultsOfFile(each, places)).not.toEqual([]);
  });
});
