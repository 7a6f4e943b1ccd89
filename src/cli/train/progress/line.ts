/** A fit's progress in a line of text. */

import type { MemberEpochRecord } from '../../../index.js';
import { count, timeText } from '../../shared/text-table.js';
import type { Paint } from '../../terminal.js';
import type { FitState } from './tracker.js';

/** What a bar shows. */
export interface BarState {
  /** null until an epoch has ended. */
  fit: FitState | null;
  secondsElapsed: number;
  /** null if it is not known yet. */
  secondsLeft: number | null;
  /** Whether a signal has asked the fit to end. */
  isStopping: boolean;
}

const LONGEST_BAR = 30;
const SHORTEST_BAR = 8;

/** Signs of the part that is done and of the rest. */
export interface BarSigns {
  done: string;
  left: string;
}

export const BLOCKS: BarSigns = { done: '█', left: '░' };
export const ASCII: BarSigns = { done: '#', left: '.' };

/** Blocks where the locale says that the terminal has them. */
export function signsFor(env: NodeJS.ProcessEnv, platform: string): BarSigns {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  const isKnown =
    platform === 'win32' ? Boolean(env.WT_SESSION) : /utf-?8/i.test(locale) || platform === 'darwin';
  return isKnown && env.TERM !== 'linux' ? BLOCKS : ASCII;
}

/**
 * A line of at most `width` columns with a bar: what does not fit is left out, the least important first.
 *
 * @param paint - colours the bar
 */
export function barLine(state: BarState, width: number, signs: BarSigns, paint: Paint): string {
  const { fit } = state;
  const share = fit === null ? 0 : fit.done / fit.total;
  const head = state.isStopping ? 'stopping ' : 'training ';
  const percent = `${Math.floor(share * 100)}%`.padStart(5);
  const parts = partsOf(state);
  const textOf = () =>
    parts
      .filter(({ shown }) => shown)
      .map(({ text }) => `  ${text}`)
      .join('');
  for (const part of [...parts].sort((a, b) => b.rank - a.rank)) {
    if (head.length + SHORTEST_BAR + percent.length + textOf().length <= width) break;
    part.shown = false;
  }
  const text = textOf();
  const room = width - head.length - percent.length - text.length;
  if (room < SHORTEST_BAR) return `${head}${percent}`.slice(0, Math.max(0, width));
  const length = Math.min(room, LONGEST_BAR);
  const done = Math.floor(share * length);
  const bar = paint('green', signs.done.repeat(done)) + paint('dim', signs.left.repeat(length - done));
  return `${head}${bar}${percent}${text}`;
}

/** In the order of the line; those of the highest rank are left out first. */
function partsOf({ fit, secondsElapsed, secondsLeft, isStopping }: BarState) {
  const parts: { text: string; rank: number; shown: boolean }[] = [];
  const add = (text: string, rank: number) => parts.push({ text, rank, shown: true });
  if (isStopping) {
    add('Ctrl-C once more ends without a model', 1);
    return parts;
  }
  if (fit === null) {
    add(`first epoch, ${timeText(secondsElapsed)}`, 0);
    return parts;
  }
  if (fit.networks > 1) add(`network ${fit.network}/${fit.networks}`, 5);
  else add(`epoch ${count(fit.done)}/${count(fit.total)}`, 3);
  add(`loss ${fixed(fit.loss)}`, 2);
  const score = scoreText(fit);
  if (score !== null) add(score, 1);
  add(`${speedText(fit.rowsPerSecond)} rows/s`, 4);
  if (secondsLeft !== null) add(`${timeText(secondsLeft)} left`, 0);
  return parts;
}

/** The score on rows held out. */
function scoreText({
  validationAccuracy,
  validationLoss,
}: Pick<FitState, 'validationAccuracy' | 'validationLoss'>): string | null {
  if (validationAccuracy !== null) return `val. accuracy ${validationAccuracy.toFixed(3)}`;
  return validationLoss === null ? null : `val. loss ${fixed(validationLoss)}`;
}

function fixed(value: number): string {
  return value < 1e-3 || value >= 1000 ? value.toExponential(1) : value.toFixed(value < 10 ? 3 : 1);
}

function speedText(rows: number): string {
  if (rows >= 1e6) return `${(rows / 1e6).toFixed(1)}M`;
  return rows >= 10_000 ? `${Math.round(rows / 1000)}k` : count(Math.round(rows));
}

/** The line of an epoch in a log. */
export function logLine(
  record: MemberEpochRecord,
  { rowsPerSecond }: FitState,
  secondsLeft: number | null,
): string {
  const { member, members, epoch, epochs, loss, validationLoss = null, metrics } = record;
  const network = members > 1 ? `network ${member + 1} of ${members}, ` : '';
  const { validationAccuracy = null } = metrics;
  const score = scoreText({ validationAccuracy, validationLoss })?.replace('val.', 'validation');
  const parts = [`loss ${fixed(loss)}`, ...(score ? [score] : []), `${speedText(rowsPerSecond)} rows/s`];
  const left = secondsLeft !== null && secondsLeft > 0 ? `, ${timeText(secondsLeft)} left` : '';
  return `${network}epoch ${epoch} of ${epochs}: ${parts.join(', ')}${left}`;
}
