import { describe, expect, it } from 'vitest';
import { classesByMeaning, inOneSpelling } from '../../src/cli/shared/spellings.js';

describe('labels that are words for true and false', () => {
  it('get the commonest spelling of each, with a warning', () => {
    const warnings: string[] = [];
    const labels = ['No', 'no', null, 'YES', 'no', 'yes', 'YES'];
    expect(inOneSpelling(labels, 'left', (text) => warnings.push(text))).toEqual([
      'no',
      'no',
      null,
      'YES',
      'no',
      'YES',
      'YES',
    ]);
    expect(warnings).toEqual([
      "'left' spells its classes in several ways, which count as one: 'No' as 'no', 'yes' as 'YES'",
    ]);
  });

  it.each([[['yes', 'no']], [['Oak', 'oak', 'YES']], [[true, false]], [[1, 0]]])(
    'stay as they are: %j',
    (labels) => {
      const none = () => expect.unreachable();
      expect(inOneSpelling(labels, 'left', none)).toBe(labels);
    },
  );

  it('are found by what they mean among two classes alone', () => {
    expect([...classesByMeaning(['no', 'Yes'])]).toEqual([
      [false, 'no'],
      [true, 'Yes'],
    ]);
    expect(classesByMeaning(['no', 'NO', 'yes']).size).toBe(0);
    expect(classesByMeaning(['oak', 'no']).size).toBe(0);
  });
});
