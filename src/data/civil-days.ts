/** Days of the Gregorian calendar by arithmetic, in a fraction of the time that a Date takes. All are in UTC. */

export const MILLISECONDS_PER_DAY = 86_400_000;

/** Days of a year of 365 before each month. */
const MONTH_STARTS = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
const MONTH_LENGTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const MEAN_YEAR = 365.2425;

/** Days from 1970 to a day of the calendar, or undefined if there is no such day. Months count from 1. */
export function dayNumber(year: number, month: number, day: number): number | undefined {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const length = MONTH_LENGTHS[month - 1] + (isLeap && month === 2 ? 1 : 0);
  if (!(day >= 1 && day <= length)) return undefined;
  return startOfYear(year) + MONTH_STARTS[month - 1] + (isLeap && month > 2 ? 1 : 0) + day - 1;
}

/** Days from 1970 to the start of a year, by the leap years in between. */
export function startOfYear(year: number): number {
  const before = year - 1;
  const leapDays = Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400) - 477;
  return 365 * (year - 1970) + leapDays;
}

/** The year of a day that is so many days after 1970. */
export function yearOf(days: number): number {
  const year = 1970 + Math.floor(days / MEAN_YEAR);
  if (days < startOfYear(year)) return year - 1;
  return days < startOfYear(year + 1) ? year : year + 1;
}
