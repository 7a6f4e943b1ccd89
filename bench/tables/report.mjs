/** The results as tables, in Markdown that is readable as plain text. */

import { section } from '../report/markdown.mjs';
import { overSets, winTieLoss } from './summary.mjs';
import { judge, OWN } from './targets.mjs';

/** Columns that would be too wide otherwise. */
const SHORT = {
  'sklearn-mlp': 'sk-MLP',
  'sklearn-mlp-scaled-y': 'sk-MLP-y',
  'hist-gradient-boosting': 'HGB',
  'random-forest': 'RF',
  lightgbm: 'LGBM',
  xgboost: 'XGB',
  catboost: 'CatBoost',
  'realmlp-td-s': 'TD-S',
  'realmlp-td': 'TD',
};

/** @param {object} results as main.mjs makes them */
export function report(results) {
  const { date, machine, settings, tools } = results;
  const load = `load ${machine.loadBefore.toFixed(1)} before, ${machine.loadAfter.toFixed(1)} after`;
  const { members, threads } = settings;
  const said = { members, threads };
  const set = Object.entries(said).flatMap(([name, value]) => (value === null ? [] : [`${name} ${value}`]));
  return [
    `# Estimators on tables, ${date.slice(0, 10)}\n`,
    `${machine.cpu}, ${machine.cores} cores, ${machine.system}; ${load}.`,
    `${tools[OWN].version}, nothing set but ${['the seed', ...set].join(', ')}.`,
    'The test rows of each repeat, mean ± standard error over the repeats; their number stands behind in brackets where it is smaller than that of the splits. The others are recorded results, unless they say live.\n',
    ...section('Targets: the ratio to another tool, on the repeats that both have', targetTable(results)),
    ...metricSection(results, 'Error', 'classification', 'error', 4),
    ...metricSection(results, 'Log-loss', 'classification', 'logloss', 3),
    ...metricSection(results, 'AUC', 'classification', 'auc', 4),
    ...metricSection(results, 'RMSE / standard deviation of the target', 'regression', 'nrmse', 4),
    ...metricSection(results, 'R2', 'regression', 'r2', 4),
    ...section('CPU seconds of a fit', secondsTable(results)),
    ...section('Over the sets, each tool on its own repeats', overTable(results)),
    ...section('Without results', problemTable(results)),
  ].join('\n');
}

function targetTable(results) {
  const short = namesFor(results.tools);
  const verdicts = judge(results);
  const others = Object.keys(results.tools).filter((tool) => verdicts.some((one) => tool in one.others));
  return [
    ['what', 'to', 'sets', 'target', 'measured', '', ...others.map(short)],
    ...verdicts.map(({ what, to, sets, target, measured, met, others: ratios }) => [
      what,
      short(to),
      sets,
      `<= ${target}`,
      measured.toFixed(3),
      met ? 'met' : 'NOT MET',
      ...others.map((tool) => ratios[tool]?.toFixed(3) ?? ''),
    ]),
  ];
}

function metricSection({ entries, sets, tools }, heading, task, metric, digits) {
  const short = namesFor(tools);
  const shown = entries.filter((entry) => entry.task === task);
  const present = Object.keys(tools).filter((tool) => shown.some(({ name }) => sets[name]?.[tool]));
  return section(heading, [
    ['set', ...present.map(short)],
    ...shown.map((entry) => [
      entry.name,
      ...present.map((tool) => cell(sets[entry.name]?.[tool], metric, entry, digits)),
    ]),
  ]);
}

function cell(record, metric, { targetStd, split }, digits) {
  if (!record) return '';
  const error = metric === 'nrmse' ? record.standardError.rmse : record.standardError[metric];
  const scaled = metric === 'nrmse' && error !== null ? error / targetStd : error;
  const spread = scaled === null ? '' : ` ±${scaled.toFixed(digits)}`;
  const ran = record.repeats.length;
  return `${record.mean[metric].toFixed(digits)}${spread}${ran < split.repeats ? ` (${ran})` : ''}`;
}

function secondsTable({ entries, sets, tools }) {
  const short = namesFor(tools);
  return [
    ['set', ...Object.keys(tools).map(short), `${short(OWN)}, wall`],
    ...entries.map(({ name }) => [
      name,
      ...Object.keys(tools).map((tool) => seconds(sets[name]?.[tool]?.fitSeconds)),
      seconds(sets[name]?.[OWN]?.fitWallSeconds),
    ]),
  ];
}

function overTable({ entries, sets, tools }) {
  const short = namesFor(tools);
  const fixed = (value, digits) => value?.toFixed(digits) ?? '';
  return [
    [
      'tool',
      'sets',
      'SGM error',
      'SGM nRMSE',
      'mean log-loss',
      'mean AUC',
      'fit seconds',
      `${short(OWN)} wins/ties/loses`,
    ],
    ...Object.keys(tools).map((tool) => {
      const over = overSets(sets, entries, tool);
      const { win, tie, loss } = winTieLoss(sets, entries, OWN, tool);
      return [
        short(tool),
        over.sets,
        fixed(over.sgmError, 4),
        fixed(over.sgmNrmse, 4),
        fixed(over.meanLogloss, 3),
        fixed(over.meanAuc, 4),
        seconds(over.fitSeconds),
        tool === OWN ? '' : `${win}/${tie}/${loss}`,
      ];
    }),
  ];
}

function problemTable({ problems }) {
  return [
    ['set', 'repeat', 'tool', 'why'],
    ...problems.map(({ set, repeat, tool, problem }) => [
      set,
      repeat ?? 'all',
      tool,
      problem.replaceAll('\n', ' ').replaceAll('|', '\\|'),
    ]),
  ];
}

/** The tools' names as the tables have them. */
function namesFor(tools) {
  return (tool) => {
    const [name, ...rest] = (tool === OWN ? tools[OWN].label : tool).split(', ');
    return [SHORT[name] ?? name, ...rest].join(', ');
  };
}

function seconds(value) {
  if (value === undefined) return '';
  return value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}
