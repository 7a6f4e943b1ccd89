/** What `train` says to people when it is done. */

import { quoted } from '../shared/messages.js';
import { metricsLine } from '../shared/metrics-text.js';
import { count, counted, shortened, sizeText, timeText } from '../shared/text-table.js';
import { type Paint, wrap } from '../terminal.js';
import type { TrainResult } from './result.js';

const LABEL_WIDTH = 12;
const LONGEST_NAME = 40;
const LONGEST_UNIT = 12;
const MOST_CLASSES = 8;
const MOST_LEFT_OUT = 12;

/** Lines of at most `width` columns. `size` is that of the model's file, in bytes. */
export function summaryOf(result: TrainResult, size: number, paint: Paint, width: number): string {
  const rows: [label: string, text: string | string[]][] = [
    ['rows', rowsText(result)],
    ['target', targetText(result)],
    ['columns', usedText(result)],
    ['left out', leftOutTexts(result)],
    ['score', scoreTexts(result)],
    ['training', trainingText(result)],
    ['model', `${result.model} (${sizeText(size)})`],
  ];
  const lines = rows.flatMap(([label, text]) => {
    const paragraphs = typeof text === 'string' ? [text] : text;
    const wrapped = paragraphs.flatMap((paragraph) => wrap(paragraph, width - LABEL_WIDTH));
    return wrapped.map(
      (line, i) => (i === 0 ? paint('bold', label.padEnd(LABEL_WIDTH)) : ' '.repeat(LABEL_WIDTH)) + line,
    );
  });
  // Not wrapped: it is to be copied.
  const next = `npx chainrule predict ${quoted(result.model)} NEW_ROWS --out predictions.csv`;
  return `${lines.join('\n')}\n${paint('bold', 'next'.padEnd(LABEL_WIDTH))}${next}\n`;
}

function rowsText({ rows, trainRows, file }: TrainResult): string {
  const without = rows - trainRows;
  return `${count(trainRows)} of ${file}${without > 0 ? `, ${count(without)} more without a target` : ''}`;
}

function targetText({ target, task, classes, columns }: TrainResult): string {
  const name = nameText(target);
  if (classes === null) return `${name}, an amount${inUnit(unitOf(columns, target))} (${task})`;
  const frequent = [...classes].sort((a, b) => b.rows - a.rows);
  const shown = frequent
    .slice(0, MOST_CLASSES)
    .map(({ label, rows }) => `${nameText(String(label))} ${count(rows)}`);
  const more = frequent.length > shown.length ? `, and ${frequent.length - shown.length} more` : '';
  return `${name}, ${counted(classes.length, 'class')}: ${shown.join(', ')}${more}`;
}

function unitOf(columns: TrainResult['columns'], column: string): string | undefined {
  return columns.find(({ name }) => name === column)?.unit;
}

const inUnit = (unit: string | undefined) =>
  unit === undefined ? '' : `, in ${shortened(unit, LONGEST_UNIT)}`;

function usedText({ columns }: TrainResult): string {
  const used = columns.filter((column) => column.used);
  const names = used
    .slice(0, MOST_LEFT_OUT)
    .map(({ name, kind, unit }) => `${nameText(name)} (${kind}${inUnit(unit)})`);
  const more = used.length > names.length ? `, and ${count(used.length - names.length)} more` : '';
  return `${names.join(', ')}${more}`;
}

function leftOutTexts({ columns }: TrainResult): string[] {
  const leftOut = columns.filter(({ used, role }) => !used && role !== 'target');
  const texts = leftOut
    .slice(0, MOST_LEFT_OUT)
    .map(
      ({ name, role, reason, kind }) =>
        `${nameText(name)}: ${role === 'weight' ? 'the weight' : (reason ?? kind)}`,
    );
  if (leftOut.length > texts.length) texts.push(`and ${count(leftOut.length - texts.length)} more`);
  return texts;
}

function scoreTexts({ heldOut, target, classes, metric }: TrainResult): string[] {
  if (heldOut === null) return ['unknown: no rows were held out'];
  const best = [...(classes ?? [])].sort((a, b) => b.rows - a.rows)[0];
  const baseline = best === undefined ? `the mean of ${nameText(target)}` : nameText(String(best.label));
  return [
    `${metricsLine(heldOut.metrics, metric)}, on ${counted(heldOut.rows, 'row')} not trained on`,
    `${metricsLine(heldOut.baseline, metric)}, by always predicting ${baseline}`,
  ];
}

function trainingText({ networks, epochs, seconds, seed, stoppedEarly }: TrainResult): string {
  const what = networks === 0 ? 'no network: there was nothing to learn' : counted(networks, 'network');
  const end = stoppedEarly === null ? `${counted(epochs.done, 'epoch')}` : stoppedEarly;
  return `${what}, ${end}, ${timeText(seconds)}, seed ${seed}`;
}

function nameText(name: string): string {
  return shortened(name, LONGEST_NAME);
}
