/** The chart: fraction of the peak by case, a bar for each number of threads, the target a tick. */

import { findCases } from '../cases.mjs';
import { threadCount } from './words.mjs';

const TITLE = 'Training steps as a fraction of the peak on the same threads';

const LEFT = 230;
const RIGHT = 60;
const WIDTH = 860;
const TOP = 94;
const BAR = 18;
const GAP = 16;
const COLOURS = ['#9ec5e8', '#2f6fab', '#12385c', '#0a1f33'];

/** @param {object} results as run/measure.mjs makes them */
export function chart({ date, machine, cases }) {
  const shown = cases.filter(({ peakFraction }) => peakFraction !== null);
  const names = [...new Set(shown.map(({ name }) => name))];
  const threads = [...new Set(shown.map((record) => record.threads))];
  const right = WIDTH - RIGHT;
  const top = Math.max(1, ...shown.map(({ peakFraction }) => peakFraction));
  const x = (fraction) => LEFT + ((right - LEFT) * fraction) / top;

  let y = TOP;
  const bars = [];
  for (const name of names) {
    const records = shown.filter((record) => record.name === name);
    const height = records.length * BAR;
    bars.push(text(LEFT - 10, y + height / 2 + 5, name, 'end'));
    for (const [i, { peakFraction, threads: count }] of records.entries()) {
      const at = y + i * BAR;
      const colour = COLOURS[threads.indexOf(count) % COLOURS.length];
      bars.push(rectangle(LEFT, at, x(peakFraction) - LEFT, BAR - 2, colour));
      bars.push(
        text(Math.max(x(peakFraction), targetEnd(name, count, x)) + 5, at + 13, peakFraction.toFixed(2)),
      );
      const target = targetOf(name, count);
      if (target !== null) bars.push(tick(x(target), at - 1, at + BAR - 1));
    }
    y += height + GAP;
  }
  const bottom = y - GAP + 6;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${bottom + 44}" font-family="sans-serif" font-size="13">`,
    `<title>${TITLE}</title>`,
    rectangle(0, 0, WIDTH, bottom + 44, '#ffffff'),
    text(16, 26, TITLE, 'start', 16),
    text(16, 46, `Adam, float32; ${machine.cpu}, ${machine.cores} cores, ${date.slice(0, 10)}`, 'start', 12),
    text(16, 64, peakLine(shown, threads), 'start', 12),
    ...legend(threads),
    ...axis(x, top, bottom),
    ...bars,
    '</svg>\n',
  ].join('\n');
}

/** Both peaks by threads, the best of all cases: the larger is the yardstick. */
function peakLine(records, threads) {
  const parts = threads.map((count) => {
    const some = records.filter((record) => record.threads === count);
    const best = (name) => Math.max(...some.map((record) => record[name] ?? 0)).toFixed(0);
    return `${best('fmaPeakGflops')} and ${best('sgemmPeakGflops')} on ${threadCount(count)}`;
  });
  return `Peaks of multiply-adds in registers and of sgemm, GFLOP/s: ${parts.join(', ')}`;
}

function axis(x, top, bottom) {
  const marks = Array.from({ length: Math.floor(top / 0.2 + 1e-9) + 1 }, (_, i) => i / 5);
  return marks.flatMap((mark) => [
    `<line x1="${x(mark).toFixed(1)}" y1="${TOP - 6}" x2="${x(mark).toFixed(1)}" y2="${bottom}" stroke="#dddddd"/>`,
    text(x(mark), bottom + 18, mark.toFixed(1), 'middle'),
  ]);
}

function legend(threads) {
  return threads
    .flatMap((count, i) => {
      const left = WIDTH - 130 * (threads.length + 1) + 110 * i;
      return [
        rectangle(left, 36, 12, 12, COLOURS[i % COLOURS.length]),
        text(left + 18, 47, threadCount(count), 'start', 12),
      ];
    })
    .concat([tick(WIDTH - 100, 35, 49), text(WIDTH - 92, 47, 'target', 'start', 12)]);
}

function targetOf(name, threads) {
  const [{ target }] = findCases(name);
  return target.oneThread && threads !== 1 ? null : target.fraction;
}

/** Where a label beside a bar may begin without covering the target's tick. */
function targetEnd(name, threads, x) {
  const target = targetOf(name, threads);
  return target === null ? 0 : x(target);
}

function tick(x, top, bottom) {
  const at = x.toFixed(1);
  return `<line x1="${at}" y1="${top}" x2="${at}" y2="${bottom}" stroke="#d1495b" stroke-width="3"/>`;
}

function rectangle(x, y, width, height, fill) {
  return `<rect x="${x}" y="${y}" width="${width.toFixed(1)}" height="${height}" fill="${fill}"/>`;
}

function text(x, y, content, anchor = 'start', size = 13) {
  return `<text x="${x.toFixed(1)}" y="${y}" text-anchor="${anchor}" font-size="${size}">${escaped(content)}</text>`;
}

function escaped(content) {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
