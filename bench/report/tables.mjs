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
    `Adam, whole steps inside \`fit\`; medians of ${settings.rounds} rounds, smallest to largest behind them.`,
    'Products of matrices are float32, unless a table says otherwise: bf16x3 splits each number into two bf16, bf16 rounds it to one. All else is float32 always.',
    'Peaks on the same threads, in GFLOP/s: `fma` of multiply-adds in registers, `sgemm` of a large product by OpenBLAS. The fraction is of the larger one.',
    'A loss error is the largest of the steps in brackets, relative to float64; above 1e-5, 1e-4 in bf16x3 and 2e-2 in bf16 a contender is not timed.\n',
    ...section('chainrule', ownTable(results.cases)),
    ...section('chainrule with AVX2 forced, beside the peaks of AVX2', ownTable(results.avx2)),
    ...section(
      `chainrule, products by ${results.openblas[0]?.blas}, and how many times its time is that of our choice`,
      openblasTable(results.openblas),
    ),
    ...section(
      'chainrule in less precision, and how many times as fast it is as in float32',
      precisionTable([...results.bf16x3, ...results.bf16]),
    ),
    ...section(
      'Peers, each at its best number of threads, and its time as a multiple of our best, with the spread of the first',
      peerTable(results),
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

/** `peak`: of bf16 in registers or tiles, in GFLOP/s; the fraction is of it, or of a third in bf16x3. */
function precisionTable(records) {
  const names = [...new Set(records.map(({ name }) => name))];
  return [
    [
      'case',
      'precision',
      'threads',
      'products',
      'us a step',
      '',
      'times as fast',
      'peak',
      'fraction',
      'loss error',
      'last loss',
    ],
    ...names.flatMap((name) => records.filter((record) => record.name === name)).map(precisionRow),
  ];
}

function precisionRow(record) {
  const { name, precision, threads, products, microsecondsPerStep: time, ratio } = record;
  const isFloat32 = products === 'float32';
  return [
    name,
    precision,
    threads,
    isFloat32 ? `float32: ${record.productsReason}` : products,
    short(time.median),
    spread(time),
    ratio === undefined ? '' : short(1 / ratio),
    isFloat32 ? '' : (record.bf16PeakGflops?.toFixed(0) ?? ''),
    isFloat32 ? '' : (record.peakFraction?.toFixed(2) ?? ''),
    ...lossesOf(record),
  ];
}

/** Every peer beside our fastest number of threads, in each precision that was run. */
function peerTable({ cases, bf16x3, bf16 }) {
  const rows = [...new Set(cases.map(({ name }) => name))].flatMap((name) => {
    const ours = [cases, bf16x3, bf16].map((records) => records.filter((record) => record.name === name));
    const [float32, ...others] = ours.map((records) => (records.length > 0 ? fastest(records) : null));
    return float32.peers.map((peer, i) => [
      name,
      `${peer.name} ${peer.version}`,
      peer.precision,
      peer.threads,
      short(peer.microsecondsPerStep),
      short(peer.ratio),
      spread(peer.ratioSpread),
      ...others.map((record) => (record === null ? '' : short(record.peers[i].ratio))),
      ...resources(peer),
      peer.setting,
    ]);
  });
  const over = ['of float32', '', 'of bf16x3', 'of bf16'];
  const columns = ['us a step', ...over, 'CPU us', 'MB', 'loss error', 'last loss', 'setting'];
  return [['case', 'peer', 'precision', 'threads', ...columns], ...rows];
}

function resources(record) {
  const { cpuMicrosecondsPerStep, peakMemoryBytes } = record;
  return [short(cpuMicrosecondsPerStep), (peakMemoryBytes / 1e6).toFixed(0), ...lossesOf(record)];
}

function lossesOf({ losses: { steps, error, lastLoss } }) {
  return steps === 0 ? ['another loss', ''] : [`${error.toExponential(0)} (${steps})`, lastLoss.toFixed(5)];
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
