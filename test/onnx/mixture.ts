/** Rows with columns of all kinds, those of a fit and what may come later. */

import { draw } from '../estimators/rows.js';

export interface Mixture {
  size: number | null;
  time: number;
  rate: number;
  plan: string | null;
  pair: string;
  many: string;
  code: number;
  flag: boolean | null;
  when: Date | null;
  day: Date;
  constant: number;
}

const DAY = 86_400_000;

/** The row `index` of a fit. `time` has more digits than a float32. */
export function mixture(index: number): Mixture {
  const of = (column: number) => draw(20 * index + column);
  return {
    size: of(0) < 0.1 ? null : 100 * of(1),
    time: 1.7e12 + 5000 * of(2),
    rate: of(3) < 0.6 ? 0 : of(4),
    plan: of(5) < 0.1 ? null : ['free', 'plus', 'team', 'ümlaut'][Math.floor(4 * of(6))],
    pair: of(7) < 0.3 ? 'u' : 'v',
    many: `k${Math.floor(300 * of(8))}`,
    code: Math.floor(5 * of(9)),
    flag: of(10) < 0.2 ? null : of(11) < 0.5,
    when: of(12) < 0.1 ? null : new Date(1.6e12 + Math.floor(1e11 * of(13))),
    day: new Date(DAY * Math.floor(20_000 * of(14) - 3000)),
    constant: 4,
  };
}

/** Rows with cells that the fit did not see, and with missing ones, written in every way. */
export function unseenMixtures(): object[] {
  const rows = [mixture(0), mixture(1)];
  const cells: Partial<Record<keyof Mixture, unknown[]>> = {
    plan: ['never', '', null, 'FREE', 'na', 'NaN', '<NA>'],
    pair: ['w', '', null, 'U'],
    many: ['k9999', '', null, 'NA', 'Null', 'nAn', '#N/A', '<na>', '?', '--', 'none'],
    code: [99, null, 0, 4],
    flag: [null, true, false],
    size: [null, Number.NaN],
    time: [null],
    when: [null],
    day: [null],
    constant: [5, null],
  };
  const changed = Object.entries(cells).flatMap(([name, values]) =>
    rows.flatMap((row) => values.map((value) => ({ ...row, [name]: value }))),
  );
  const nothing = Object.fromEntries(Object.keys(rows[0]).map((name) => [name, null]));
  return [...changed, nothing];
}

const NUMBERS = [
  Infinity,
  -Infinity,
  -0,
  0,
  1.797e308,
  -1.797e308,
  5e-324,
  1e-300,
  2 ** 53 + 2,
  1e20,
  -1e9,
  0.1,
];
const TIMES = [
  0,
  -1,
  8.64e15,
  -8.64e15,
  ...[
    '2000-02-29',
    '1900-03-01',
    '2100-12-31T23:59:59.999Z',
    '0000-01-01',
    '0001-12-31',
    '1582-10-15',
    '2023-12-31',
  ].map((text) => Date.parse(text)),
  Date.parse('-000001-12-31'),
  Date.parse('-000400-02-29'),
];

/** Rows with numbers and times of any size. */
export function hostileMixtures(): object[] {
  const row = mixture(2);
  return [
    ...(['size', 'time', 'rate', 'constant'] as const).flatMap((name) =>
      NUMBERS.map((value) => ({ ...row, [name]: value })),
    ),
    ...(['when', 'day'] as const).flatMap((name) =>
      TIMES.map((time) => ({ ...row, [name]: new Date(time) })),
    ),
  ];
}
