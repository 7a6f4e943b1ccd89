/** The report for people: sections of aligned lines, with the findings at the end, where the reader looks. */

import { type Colour, type Paint, wrap } from '../terminal.js';
import type { DoctorReport, Facts, Finding, SpeedResult } from './facts.js';

type Row = [label: string, value: string];

const LABEL_WIDTH = 14;
const UNKNOWN = 'unknown';

const COLOURS: Record<Finding['severity'], Colour> = {
  ok: 'green',
  note: 'cyan',
  warning: 'yellow',
  problem: 'red',
};

export function renderReport(report: DoctorReport, paint: Paint, width: number): string {
  const sections: [string, Row[]][] = [
    ['Engine', engineRows(report)],
    ['System', systemRows(report)],
    ['CPU', cpuRows(report)],
    ['Threads', threadRows(report)],
    ['Variables', report.variables.map(({ name, value, effect }) => [`${name}=${value}`, effect])],
    ['Check', checkRows(report)],
  ];
  const lines = sections
    .filter(([, rows]) => rows.length > 0)
    .flatMap(([title, rows]) => [paint('bold', title), ...renderRows(rows, paint, width), '']);
  lines.push(
    paint('bold', 'Findings'),
    ...report.findings.flatMap((finding) => renderFinding(finding, paint, width)),
  );
  return `${[...lines, '', verdict(report, paint)].join('\n')}\n`;
}

function renderRows(rows: readonly Row[], paint: Paint, width: number): string[] {
  const labelWidth = Math.max(LABEL_WIDTH, ...rows.map(([label]) => label.length));
  // If a label leaves too little room, the value gets lines of its own.
  const beside = labelWidth <= width / 2;
  const indent = beside ? labelWidth + 4 : 6;
  return rows.flatMap(([label, value]) => {
    const values = wrap(value, width - indent);
    if (!beside) return [`  ${paint('dim', label)}`, ...values.map((line) => ' '.repeat(indent) + line)];
    return values.map((line, i) =>
      i === 0 ? `  ${paint('dim', label.padEnd(labelWidth))}  ${line}` : ' '.repeat(indent) + line,
    );
  });
}

function renderFinding({ severity, message, remedies }: Finding, paint: Paint, width: number): string[] {
  const indent = ' '.repeat(11);
  const [first, ...rest] = wrap(message, width - indent.length);
  const bullets = remedies.flatMap((remedy) =>
    wrap(remedy, width - indent.length - 2).map((line, i) => `${indent}${i === 0 ? '- ' : '  '}${line}`),
  );
  const head = `  ${paint(COLOURS[severity], severity.padEnd(7))}  ${first}`;
  return [head, ...rest.map((line) => indent + line), ...bullets];
}

function verdict({ findings }: DoctorReport, paint: Paint): string {
  const count = (wanted: Finding['severity']) =>
    findings.filter(({ severity }) => severity === wanted).length;
  const [problems, warnings] = [count('problem'), count('warning')];
  const parts = [
    ...(problems > 0 ? [plural(problems, 'problem')] : []),
    ...(warnings > 0 ? [plural(warnings, 'warning')] : []),
  ];
  if (parts.length === 0) return paint('green', 'Nothing is wrong.');
  const colour = problems > 0 ? 'red' : 'yellow';
  return paint(colour, `${parts.join(' and ')}.`);
}

function plural(count: number, name: string): string {
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}

function engineRows({ engine, addon, addonFailure }: Facts): Row[] {
  const rows: Row[] = [
    ['engine', engine.name ?? (engine.failure === null ? 'the check did not get that far' : 'none')],
  ];
  if (engine.reason !== null) rows.push(['why', engine.reason]);
  if (addon !== null) {
    rows.push(
      ['addon', addon.path],
      ['compiled from', addon.version ? `chainrule ${addon.version}` : UNKNOWN],
    );
    rows.push(['kernels', addon.simd ?? UNKNOWN], ['BLAS', addon.blas ?? UNKNOWN]);
    rows.push(['products by', productsBy(addon.gemm)]);
  }
  for (const [i, { path, problem }] of (addonFailure?.attempts ?? []).entries()) {
    rows.push([i === 0 ? 'tried' : '', `${path}\n${problem}`]);
  }
  return rows;
}

function productsBy(gemm: string | null): string {
  if (gemm === null) return UNKNOWN;
  return gemm === 'own' ? "chainrule's own kernels" : 'OpenBLAS';
}

function systemRows({ chainrule, runtime, system }: Facts): Row[] {
  const flags = runtime.flags.length > 0 ? `, started with ${runtime.flags.join(' ')}` : '';
  return [
    ['chainrule', `${chainrule.version}, in ${chainrule.folder}`],
    ['runtime', `${runtime.name} ${runtime.version}${flags}`],
    ['platform', `${system.platform}-${system.arch}${system.libc === null ? '' : `, ${system.libc}`}`],
  ];
}

function cpuRows({ cpu, addon }: Facts): Row[] {
  const list = (names: readonly string[] | null | undefined) => names?.join(' ') || 'none';
  const rows: Row[] = [['model', cpu.model ?? UNKNOWN]];
  rows.push(['enabled', cpu.features === null ? UNKNOWN : list(cpu.features)]);
  if (cpu.featuresDisabled !== null) rows.push(['not enabled', list(cpu.featuresDisabled)]);
  if (addon?.instructionSets) rows.push(['kernels for', `${list(addon.instructionSets)}, the best first`]);
  return rows;
}

function threadRows({ threads }: Facts): Row[] {
  const { cores, affinity, quota, usable, used } = threads;
  return [
    ['cores', `${cores}`],
    ['by affinity', affinity === null ? UNKNOWN : `${affinity}`],
    ['by cgroup', quota === null ? 'no quota' : `${Number(quota.toFixed(2))} CPUs`],
    ['usable', `${usable}${used === null ? '' : `; a training step uses at most ${used}`}`],
  ];
}

function checkRows({ engine, training, speed, check, rescues }: Facts): Row[] {
  const rows: Row[] = [];
  const { chosen, reference } = training;
  const learned = chosen ?? reference;
  if (learned !== null) {
    const { losses, accuracy } = learned;
    const [first, last] = [losses[0], losses[losses.length - 1]];
    const where = chosen === null ? ', on the reference engine' : '';
    rows.push([
      'XOR',
      `accuracy ${accuracy}, loss ${first.toPrecision(3)} to ${last.toPrecision(3)}${where}`,
    ]);
  }
  if (speed.chosen !== null) rows.push(['784-128-10', showSpeed(speed.chosen)]);
  if (speed.reference !== null && engine.name !== 'reference')
    rows.push(['by reference', showSpeed(speed.reference)]);
  for (const { variable, value, works } of rescues) {
    rows.push([
      value === null ? `without ${variable}` : `${variable}=${value}`,
      works ? 'works' : 'does not help',
    ]);
  }
  rows.push(['took', `${check.seconds.toFixed(1)} s`]);
  return rows;
}

function showSpeed({ samplesPerSecond, microsecondsPerStep }: SpeedResult): string {
  const samples = Number(samplesPerSecond.toPrecision(3)).toLocaleString('en-US');
  const step = Number(microsecondsPerStep.toPrecision(3)).toLocaleString('en-US');
  return `${samples} samples/s, ${step} us a step of 128`;
}
