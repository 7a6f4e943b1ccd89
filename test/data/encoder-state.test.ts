import { describe, expect, it } from 'vitest';
import { RowEncoder } from '../../src/data/row-encoder.js';
import { toTable } from '../../src/data/to-table.js';
import { expectError } from '../errors.js';

const rows = Array.from({ length: 12 }, (_, row) => ({
  size: row % 5 === 0 ? null : row / 3,
  edge: ['oak', 'birch', 'ash'][row % 3],
  left: row % 2 === 0,
  when: new Date(row * 1e9),
  site: 'garden',
}));
const state = () => JSON.parse(JSON.stringify(RowEncoder.fit(toTable(rows, {}, 'rows'))));

describe('the saved state of an encoder', () => {
  it('is plain JSON that is read back', () => {
    expect(JSON.parse(JSON.stringify(RowEncoder.fromJSON(state())))).toEqual(state());
  });

  // biome-ignore lint/suspicious/noExplicitAny: spoils fields of any type
  it.each<[string, (state: any) => void, string]>([
    ['another format', (s) => (s.format = 2), 'format of the encoder of rows is 2, expected 1'],
    ['no columns', (s) => delete s.columns, 'columns of the encoder of rows is undefined, expected an array'],
    ['only columns left out', (s) => (s.columns = s.columns.slice(4)), 'uses no column'],
    ['a name twice', (s) => (s.columns[1].info.name = 'size'), 'has a name twice'],
    ['no name', (s) => (s.columns[0].info.name = 5), 'columns[0].info.name of the encoder of rows is 5'],
    [
      'an unknown kind',
      (s) => (s.columns[0].info.kind = 'toString'),
      "columns[0].info.kind of the encoder of rows is 'toString'",
    ],
    ['a use without a state', (s) => (s.columns[0].state = null), 'columns[0].info.used'],
    ['a negative count', (s) => (s.columns[0].info.missing = -1), 'columns[0].info.missing'],
    ['warnings of no type', (s) => (s.columns[0].info.warnings = [{}]), 'columns[0].info.warnings'],
    ['an unknown state', (s) => (s.columns[0].state.type = 'x'), 'columns[0].state.type'],
    [
      'a NaN',
      (s) => (s.columns[0].state.scales[0].centre = null),
      'scales.centre of the encoder of rows is null',
    ],
    ['a negative factor', (s) => (s.columns[0].state.scales[0].factor = -1), 'scales.factor'],
    [
      'a factor that is text',
      (s) => (s.columns[0].state.scales[0].factor = '1'),
      "scales.factor of the encoder of rows is '1'",
    ],
    [
      'too many scales',
      (s) => s.columns[0].state.scales.push({ centre: 0, factor: 1 }),
      'scales.length of the encoder of rows is 3, expected 1 or 2',
    ],
    [
      'too few scales',
      (s) => s.columns[1].state.scales.pop(),
      'scales.length of the encoder of rows is 2, expected 3',
    ],
    ['no scales', (s) => (s.columns[2].state.scales = []), 'columns[2].state.scales.length'],
    ['a decimal sign', (s) => (s.columns[0].state.format.decimal = ';'), 'format.decimal'],
    ['an endless unit', (s) => (s.columns[0].state.format.unit = 'x'.repeat(1e6)), 'format.unit.length'],
    ['a category twice', (s) => (s.columns[1].state.categories = ['a', 'a', 'b']), 'has a category twice'],
    ['a category of another type', (s) => (s.columns[1].state.categories[0] = 1), 'state.categories'],
    [
      'too many categories',
      (s) => (s.columns[1].state.categories = Array.from({ length: 101 }, String)),
      'from 1 to 100',
    ],
    ['no category', (s) => (s.columns[1].state.categories = []), 'from 1 to 100'],
    ['others beside few categories', (s) => (s.columns[1].state.other = true), 'state.other'],
    ['no part', (s) => (s.columns[3].state.parts = []), 'parts.length'],
    ['an unknown part', (s) => (s.columns[3].state.parts = ['century']), 'columns[3].state.parts'],
    ['an unknown form of dates', (s) => (s.columns[3].state.format = 'roman'), 'columns[3].state.format'],
    ['a long text', (s) => (s.columns[1].state.other = 'x'.repeat(1e6)), "...', expected true or false"],
  ])('is refused with %s', (_, spoil, message) => {
    const spoilt = state();
    spoil(spoilt);
    expectError(() => RowEncoder.fromJSON(spoilt), 'ERR_FILE', message);
    let length = 0;
    try {
      RowEncoder.fromJSON(spoilt);
    } catch (error) {
      length = (error as Error).message.length;
    }
    expect(length).toBeLessThan(300);
  });

  it.each([null, undefined, 5, 'state', []])('is not %j', (value) => {
    expectError(() => RowEncoder.fromJSON(value), 'ERR_FILE', 'expected an object');
  });
});
