/** What people write beside numbers: currencies and other units, a k for thousands, brackets for a minus. */

/** A text with a number in it: `digits` without a sign, and what stands before and after them. */
export interface NumberParts {
  readonly sign: 1 | -1;
  readonly before: string;
  readonly digits: string;
  readonly after: string;
}

/** A number with its unit, both of which messages show. */
export const LONGEST_NUMBER = 60;

/** Before a number only currencies count: 'Room 12' is a name. */
const CURRENCY = String.raw`(?:\p{Lu}{0,3}\p{Sc}|\p{Lu}{3} |Rs\.?|kr\.?|S?Fr\.?)`;
const DIGITS = String.raw`[+-]?[\d.,' \u00a0\u2009\u202f]*[\d.,](?:[eE][+-]?\d+)?`;
/** '/10' is one, too, since 8/10 is 8 of 10; 'Jan 2026' is none. */
const UNIT = String.raw`/\d{1,3}|(?!.*\d\d)[\p{L}\p{Sc}%‰°"″'′µ][\p{L}\p{N}\p{Sc}%‰°"″'′²³·^*/. -]{0,19}`;
const NUMBER_WITH_UNIT = new RegExp(
  String.raw`^([+-]?)(${CURRENCY})?[ \u00a0]?(${DIGITS})[ \u00a0\u202f]?(${UNIT})?(-?)$`,
  'u',
);

/** What multiplies a number. A T is a million millions, as in finance. */
const FACTORS = new Map<string, number>([
  ...['k', 'K', 'Tsd.'].map((word) => [word, 1e3] as const),
  ...['M', 'mn', 'Mio', 'Mio.', 'million'].map((word) => [word, 1e6] as const),
  ...['B', 'bn', 'Mrd', 'Mrd.', 'billion'].map((word) => [word, 1e9] as const),
  ...['T', 'tn', 'trillion'].map((word) => [word, 1e12] as const),
]);
/** After a currency alone: otherwise 100m are metres. */
const SMALL = new Map([
  ['m', 1e6],
  ['b', 1e9],
]);
const MAGNITUDE = /^(\p{L}+\.?)(?: ?(.*))$/u;

/** A quick look that tells most texts: of the small letters only the k of crowns stands before numbers. */
function isWord(text: string): boolean {
  const code = text.charCodeAt(0);
  return code >= SMALL_A && code <= SMALL_Z && code !== SMALL_K;
}

const [SMALL_A, SMALL_K, SMALL_Z] = [...'akz'].map((letter) => letter.charCodeAt(0));

/** undefined for a text without a number, or with more than a number and its unit. */
export function partsOf(text: string): NumberParts | undefined {
  if (text.length > LONGEST_NUMBER || isWord(text)) return undefined;
  const inner = inBrackets(text);
  const match = NUMBER_WITH_UNIT.exec(inner ?? text);
  if (match === null) return undefined;
  const [, sign, before = '', written, after = '', last] = match;
  if (before !== '' && after !== '' && factorOf(after, before) === undefined) return undefined;
  const first = written[0];
  const isSigned = first === '-' || first === '+';
  const signs = [sign, isSigned ? first : '', last, inner === undefined ? '' : '-'].filter(
    (each) => each !== '',
  );
  if (signs.length > 1) return undefined;
  return {
    sign: signs[0] === '-' ? -1 : 1,
    before: before.trim(),
    digits: isSigned ? written.slice(1) : written,
    after: after.trim(),
  };
}

/** What is in the brackets that accountants write instead of a minus: '(1,200)', '$(1,200)'. */
function inBrackets(text: string): string | undefined {
  const match = /^([^()\d]{0,4})\(([^()]+)\)$/.exec(text);
  return match === null ? undefined : match[1] + match[2];
}

function factorOf(word: string, before: string): number | undefined {
  return FACTORS.get(word) ?? (before === '' ? undefined : SMALL.get(word));
}

/** The unit of a number, and what multiplies it if its unit may begin with a magnitude. */
export function amountOf(
  { before, after }: NumberParts,
  magnitudes: boolean,
): { readonly unit: string; readonly factor: number } {
  if (!magnitudes) return { unit: before || after, factor: 1 };
  const match = MAGNITUDE.exec(after);
  const factor = match === null ? undefined : factorOf(match[1], before);
  if (match === null || factor === undefined) return { unit: before || after, factor: 1 };
  return { unit: before || match[2], factor };
}

/** 'day' and 'days' are one, and 'Rs' and 'Rs.'. */
export function isSameUnit(one: string, other: string): boolean {
  return one === other || singular(one) === singular(other);
}

function singular(unit: string): string {
  const plain = unit.endsWith('.') ? unit.slice(0, -1) : unit;
  return plain.length > 2 && plain.endsWith('s') ? plain.slice(0, -1) : plain;
}
