/** Numbers as people read them. */

export const MINUS = '\u2212';
const NARROW_SPACE = '\u202f';

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });

/** A number of rows, or their weight. */
export function count(value: number): string {
  return whole.format(value);
}

/** A share as a percentage with one decimal. */
export function percent(share: number, decimals = 1): string {
  if (!Number.isFinite(share)) return '–';
  return `${signed((100 * share).toFixed(decimals))}%`;
}

/** A number with so many significant digits, whole ones without zeros behind. */
export function figure(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e9)) {
    const [mantissa, exponent] = value.toExponential(digits - 1).split('e');
    return `${signed(mantissa)}${NARROW_SPACE}×${NARROW_SPACE}10${superscript(Number(exponent))}`;
  }
  const decimals = size === 0 ? 0 : Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  // 2.5 is exact, 2.50 is not.
  const shown = {
    maximumFractionDigits: decimals,
    minimumFractionDigits: Number.isInteger(value) ? 0 : decimals,
  };
  return signed(new Intl.NumberFormat('en-US', shown).format(value));
}

/** A number that was measured or written by somebody: with the digits that it has, but at most five. */
export function plain(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e9)) return figure(value, 4);
  return signed(new Intl.NumberFormat('en-US', { maximumSignificantDigits: 5 }).format(value));
}

/** Numbers of one column: with as many decimals as the largest needs for so many digits. */
export function aligned(values: readonly number[], digits = 3): (value: number) => string {
  const largest = Math.max(...values.map(Math.abs));
  if (!(largest >= 1e-4 && largest < 1e9)) return (value) => figure(value, digits);
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(largest)));
  const format = new Intl.NumberFormat('en-US', {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
  return (value) => signed(format.format(value));
}

/** A difference of two shares in words: '1 point', '3.1 points'. */
export function points(difference: number): string {
  const text = figure(100 * difference, 2);
  return `${text} ${text === '1' ? 'point' : 'points'}`;
}

/** A duration in words. */
export function duration(seconds: number): string {
  if (seconds < 1) return `${Math.max(1, Math.round(1000 * seconds))} ms`;
  if (seconds < 90) return `${figure(seconds, 2)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${figure(seconds / 3600, 2)} h`;
}

/** '1 row', '2 rows'. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** The first few of some names, and how many more there are. */
export function list(names: readonly string[], most = 5): string {
  if (names.length > most) return `${names.slice(0, most).join(', ')} and ${names.length - most} more`;
  if (names.length < 2) return names.join('');
  return `${names.slice(0, -1).join(', ')} and ${names[names.length - 1]}`;
}

/** '3', or '3 to 5'. */
export function range(values: readonly number[], write: (value: number) => string): string {
  const [least, most] = [write(Math.min(...values)), write(Math.max(...values))];
  return least === most ? least : `${least} to ${most}`;
}

function signed(text: string): string {
  const isZero = /^-[0.,]*$/.test(text);
  return text.replace('-', isZero ? '' : MINUS);
}

/** A whole number as an exponent. */
export function superscript(exponent: number): string {
  const digits = '⁰¹²³⁴⁵⁶⁷⁸⁹';
  const sign = exponent < 0 ? '⁻' : '';
  return sign + Array.from(String(Math.abs(exponent)), (digit) => digits[Number(digit)]).join('');
}
