/** What is in a model, for people. */

import { inTermsOfOptions, isAboutLeftOut } from '../shared/messages.js';
import { metricsLine } from '../shared/metrics-text.js';
import { count, counted, shortened, shortNumber, sizeText, textTable } from '../shared/text-table.js';
import { type Paint, wrap } from '../terminal.js';
import type { EstimatorFacts, NetworkFacts } from './describe.js';

const LONGEST_NAME = 32;
const MOST_COLUMNS = 60;
const MOST_CLASSES = 30;
const LABEL_WIDTH = 12;

export function inspectionText(facts: EstimatorFacts, paint: Paint, width: number): string {
  const lines = [
    ...labelled(headRows(facts), paint, width),
    '',
    paint('bold', 'Columns'),
    ...columnLines(facts, width),
    '',
    paint('bold', 'Networks'),
    ...networkLines(facts),
  ];
  const warnings = facts.warnings.filter((warning) => !isAboutLeftOut(warning)).map(inTermsOfOptions);
  if (warnings.length > 0) {
    lines.push('', paint('bold', 'Warnings of the training'));
    for (const warning of warnings) {
      lines.push(...wrap(warning, width - 4).map((line, i) => `${i === 0 ? '  - ' : '    '}${line}`));
    }
  }
  return `${lines.join('\n')}\n`;
}

function headRows(facts: EstimatorFacts): [string, string][] {
  const { file, bytes, kind, task, target, classes, trainRows, heldOut, seed, chainrule } = facts;
  const metric = facts.options.metric ?? null;
  const rows: [string, string][] = [
    ['model', `${file} (${sizeText(bytes)})`],
    [
      'predicts',
      `${target === null ? 'labels that came apart from the rows' : shortened(target, LONGEST_NAME)} (${task})`,
    ],
  ];
  if (classes !== null) {
    const shown = classes.slice(0, MOST_CLASSES).map((label) => shortened(String(label), LONGEST_NAME));
    const more = classes.length > shown.length ? `, and ${count(classes.length - shown.length)} more` : '';
    rows.push(['classes', `${shown.join(', ')}${more}`]);
  }
  rows.push([
    'made by',
    `${kind} of chainrule ${chainrule}, seed ${seed}, from ${trainRows > 0 ? counted(trainRows, 'row') : 'rows'}`,
  ]);
  if (heldOut !== null) {
    rows.push(
      ['score', `${metricsLine(heldOut.metrics, metric)}, on ${counted(heldOut.rows, 'row')} not trained on`],
      ['', `${metricsLine(heldOut.baseline, metric)}, without features`],
    );
  }
  return rows;
}

function labelled(rows: readonly [string, string][], paint: Paint, width: number): string[] {
  return rows.flatMap(([label, text]) =>
    wrap(text, width - LABEL_WIDTH).map((line, i) =>
      i === 0 ? paint('bold', label.padEnd(LABEL_WIDTH)) + line : ' '.repeat(LABEL_WIDTH) + line,
    ),
  );
}

function columnLines({ columns }: EstimatorFacts, width: number): string[] {
  const shown = columns.slice(0, MOST_COLUMNS);
  const rows = shown.map(({ name, kind, used, unit, reason, missing, features }) => [
    shortened(name, LONGEST_NAME),
    unit === undefined ? kind : `${kind}, in ${unit}`,
    missing > 0 ? `${count(missing)} missing` : '',
    used ? counted(features, 'feature') : `left out: ${reason ?? ''}`,
  ]);
  const lines = textTable(rows).map((line) => `  ${shortened(line, width - 2)}`);
  if (columns.length > shown.length)
    lines.push(`  and ${count(columns.length - shown.length)} more; --json has all`);
  return lines;
}

function networkLines({ networks, training, stoppedBy }: EstimatorFacts): string[] {
  if (networks.length === 0) return ['  none: there was nothing to learn'];
  const rows = networks.map(({ layers, parameterCount }, i) => {
    const { epochs, bestEpoch, loss, validationLoss } = training[i] ?? {};
    const units = [layers[0].inputs, ...layers.map((layer) => layer.units)].join('-');
    const trained = epochs === undefined ? '' : counted(epochs, 'epoch');
    const kept = bestEpoch ? `best ${bestEpoch}` : '';
    const losses = loss == null ? '' : `loss ${shortNumber(loss)}`;
    const validation = validationLoss == null ? '' : `held-out loss ${shortNumber(validationLoss)}`;
    return [
      `${units}`,
      layers[0].activation,
      `${count(parameterCount)} parameters`,
      trained,
      kept,
      losses,
      validation,
    ];
  });
  const end = stoppedBy === 'epochs' ? [] : [`  ended by ${stoppedBy}`];
  return [...textTable(rows).map((line) => `  ${line}`), ...end];
}

export function networkText({ file, bytes, seed, table }: NetworkFacts, paint: Paint): string {
  return [`${paint('bold', file)} (${sizeText(bytes)}): a network, seed ${seed}`, '', table, ''].join('\n');
}
