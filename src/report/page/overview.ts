/** The head of the page: what was tested, how good it is, what to know. */

import type { ReportFacts } from '../facts.js';
import { wilson } from './curves.js';
import { findingsOf } from './findings.js';
import { count, figure, percent, plural } from './format.js';
import { type Html, html } from './html.js';

interface Tile {
  name: string;
  value: string;
  note: string;
}

export function overviewSection(facts: ReportFacts): Html {
  const tiles = facts.classes === null ? numberTiles(facts) : classTiles(facts);
  const shown = tiles.map(
    ({ name, value, note }) =>
      html`<div><dt>${name}</dt><dd><span class="value">${value}</span><br><span class="note">${note}</span></dd></div>`,
  );
  const marks = { good: 'Good', note: 'Note', caution: 'Caution' };
  const findings = findingsOf(facts).map(
    ({ level, text }) => html`<li class="${level}"><strong>${marks[level]}.</strong> ${text}</li>`,
  );
  return html`<p>${testedText(facts)}</p><dl class="tiles">${shown}</dl><ul class="findings">${findings}</ul>`;
}

function classTiles({ classes, tested }: ReportFacts): Tile[] {
  if (classes === null) return [];
  const { evaluation, baseline, names } = classes;
  const { accuracy, logLoss, rocAuc, balancedAccuracy } = evaluation;
  const [low, high] = wilson(accuracy, tested.rows);
  return [
    {
      name: 'Accuracy',
      value: percent(accuracy),
      note: tested.isWeighted ? 'of the weight' : `95% interval ${percent(low)} to ${percent(high)}`,
    },
    { name: 'Baseline', value: percent(baseline.accuracy), note: 'always the most frequent class' },
    {
      name: 'Balanced accuracy',
      value: percent(balancedAccuracy),
      note: `mean over classes; by chance ${percent(1 / names.length)}`,
    },
    { name: 'Log loss', value: figure(logLoss), note: `baseline ${figure(baseline.logLoss)}` },
    ...(rocAuc === undefined
      ? []
      : [
          {
            name: 'ROC AUC',
            value: rocAuc.toFixed(3),
            note: names.length > 2 ? 'mean over classes; by chance 0.5' : 'by chance 0.5',
          },
        ]),
  ];
}

function numberTiles({ numbers }: ReportFacts): Tile[] {
  if (numbers === null) return [];
  const { evaluation, baseline, intervals } = numbers;
  const { rmse, mae, r2 } = evaluation;
  const nine = intervals.find(({ coverage }) => coverage === 0.9);
  return [
    { name: 'RMSE', value: figure(rmse), note: 'root mean squared error' },
    { name: 'Baseline', value: figure(baseline.rmse), note: 'RMSE of always the same number' },
    { name: 'MAE', value: figure(mae), note: `mean error; baseline ${figure(baseline.mae)}` },
    { name: 'R²', value: figure(r2), note: 'share of variance explained' },
    ...(nine === undefined
      ? []
      : [{ name: '90% interval', value: `± ${figure(nine.width / 2)}`, note: 'around a prediction' }]),
  ];
}

/** What the scores are of, and how far they can be believed. */
function testedText({ tested, data }: ReportFacts): string {
  const { how, rows, networks } = tested;
  const weights = tested.isWeighted ? ' Rows count by their weights.' : '';
  switch (how) {
    case 'new':
      return `Scores are of ${plural(rows, 'row')} that the caller says are new to the model.${weights}`;
    case 'validation':
      return `Scores are of ${plural(rows, 'row')} that were held out of training. They also chose the epoch, so that new rows may score a little lower.${weights}`;
    case 'seen':
      return `Scores are of the ${plural(rows, 'row')} of training.${weights}`;
    case 'heldOut': {
      const which =
        networks > 1 && rows === data.fitRows
          ? `all ${count(rows)} rows of training, each predicted by the one of ${networks} networks that was not trained on it`
          : `${count(rows)} of the ${count(data.fitRows ?? rows)} rows, which were held out of training`;
      return `Scores are of ${which}. These rows also chose the epochs, so that new rows may score a little lower${networks > 1 ? ', while the mean of all networks, which predicts them, is mostly a little better than one' : ''}.${weights}`;
    }
  }
}
