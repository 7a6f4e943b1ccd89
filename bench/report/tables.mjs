/** The results as tables, in Markdown that is readable as plain text. */

import { section } from './markdown.mjs';
import { fastest, judge } from './targets.mjs';
import { threadCount, title } from './words.mjs';

/** @param {object} results as run/measure.mjs makes them */
export function report(results) {
  const { date, machine, versions, settings } = results;
  const load = `load ${machine.loadBefore.toFixed(1)} before, ${machine.loadAfter.toFixed(1)} after`;
  return [
    `# Benchmark of ${date.slice(0, 10)}\n`,
    `${machine.cpu}, ${machine.cores} cores, ${machine.system}; ${load}.`,
    `${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}.`,
    `Adam, float32, whole steps inside \`fit\`; medians of ${settings.rounds} rounds, smallest to largest behind them.`,
    'Peaks on the same threads, in GFLOP/s: `fma` of multiply-adds in registers, `sgemm` of a large product by OpenBLAS. The fraction is of the larger one.\n',
    ...section('chainrule', ownTable(results.cases)),
    ...section('chainrule with AVX2 forced, beside the peaks of AVX2', ownTable(results.avx2)),
    ...section(
      `chainrule, products by ${results.openblas[0]?.blas}, and how many times its time is that of our choice`,
      openblasTable(results.openblas),
    ),
    ...section(
      'Peers, each at its best number of threads, and its time as a multiple of our best',
      peerTable(results.cases),
    ),
    ...section('Targets', targetTable(judge(results))),
    ...section('Without times', problemTable(results)),
  ].join('\n');
}

function ownTable(records) {
  return [
    [
      'case',
      'threads',
      'us a step',
      '',
      'GFLOP/s',
      'fma',
      'sgemm',
      'fraction',
      'CPU us',
      'MB',
      'loss error',
      'last loss',
    ],
    ...records.map((record) => {
      const { microsecondsPerStep: time, peakFraction, fmaPeakGflops, sgemmPeakGflops } = record;
      return [
        record.name,
        record.threads,
        short(time.median),
        spread(time),
        record.gflops.toFixed(1),
        fmaPeakGflops?.toFixed(0) ?? '',
        sgemmPeakGflops?.toFixed(0) ?? '',
        peakFraction?.toFixed(2) ?? '',
        ...resources(record),
      ];
    }),
  ];
}

function openblasTable(records) {
  const [head, ...rows] = ownTable(records);
  return [
    [...head, 'ratio', ''],
    ...rows.map((row, i) => {
      const { ratio, ratioSpread } = records[i];
      return ratio === undefined ? [...row, '', ''] : [...row, short(ratio), spread(ratioSpread)];
    }),
  ];
}

function peerTable(cases) {
  const rows = [...new Set(cases.map(({ name }) => name))].flatMap((name) => {
    const ours = fastest(cases.filter((record) => record.name === name));
    return ours.peers.map((peer) => [
      name,
      `${peer.name} ${peer.version}`,
      peer.threads,
      short(peer.microsecondsPerStep),
      short(peer.ratio),
      spread(peer.ratioSpread),
      ...resources(peer),
      peer.setting,
    ]);
  });
  const columns = ['us a step', 'ratio', '', 'CPU us', 'MB', 'loss error', 'last loss', 'setting'];
  return [['case', 'peer', 'threads', ...columns], ...rows];
}

function resources({ cpuMicrosecondsPerStep, peakMemoryBytes, losses }) {
  const checked =
    losses.steps === 0
      ? ['another loss', '']
      : [`${losses.error.toExponential(0)} (${losses.steps})`, losses.lastLoss.toFixed(5)];
  return [short(cpuMicrosecondsPerStep), (peakMemoryBytes / 1e6).toFixed(0), ...checked];
}

function targetTable(verdicts) {
  return [
    ['case', 'what', 'target', 'measured', ''],
    ...verdicts.map(({ case: name, what, target, measured, met }) => [
      name,
      what,
      target,
      measured,
      met ? 'met' : 'NOT MET',
    ]),
  ];
}

function problemTable({ problems, missing }) {
  return [
    ['case', 'contender', 'why'],
    ...missing.map((one) => ['all', title(one), one.why.replaceAll('\n', ' ')]),
    ...problems.map((one) => [
      one.case,
      `${title(one)}, ${threadCount(one.threads)}`,
      one.problem.replaceAll('\n', ' '),
    ]),
  ];
}

function spread({ min, max }) {
  return `${short(min)} - ${short(max)}`;
}

/** Three digits, without an exponent. */
function short(value) {
  return value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}
