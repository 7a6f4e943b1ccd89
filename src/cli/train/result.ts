/** What `train` says at the end: a document for machines, and a summary for people. */

import type { ClassifierEvaluation, HeldOutScore, RegressorEvaluation } from '../../index.js';
import { VERSION } from '../../version.js';
import { LabelledSource } from '../shared/large-file.js';
import type { TrainingData } from './data.js';
import { earlyEnd, type FitResult } from './fit.js';

/** A column of the file, and what became of it. */
export interface ColumnResult {
  name: string;
  role: 'target' | 'weight' | 'id' | 'feature';
  kind: string;
  used: boolean;
  /** What its numbers have beside them, such as 'kg'. */
  unit?: string;
  /** Why it is not used. */
  reason?: string;
  /** Cells without a value: in all rows of the file, of a large one in its first rows. */
  missing: number;
  /** Features that it became. */
  features: number;
}

/** The JSON document. docs/command-line.md describes it. */
export interface TrainResult {
  command: 'train';
  chainrule: string;
  node: string;
  file: string;
  format: string;
  /** Of the file. */
  rows: number;
  /** With a label. */
  trainRows: number;
  task: string;
  taskReason: string | null;
  /** What the model was asked to be best at; null if nobody asked. */
  metric: string | null;
  target: string;
  classes: { label: unknown; rows: number }[] | null;
  columns: ColumnResult[];
  /** On rows held out of training; null if none were. */
  heldOut: {
    rows: number;
    metrics: ClassifierEvaluation | RegressorEvaluation;
    baseline: ClassifierEvaluation | RegressorEvaluation;
  } | null;
  networks: number;
  epochs: { done: number; total: number };
  /** Why it ended before its last epoch; null if it did not. */
  stoppedEarly: string | null;
  seconds: number;
  seed: number;
  /** The checkpoint that the training went on from; null for one that began. */
  resumedFrom: string | null;
  /** Where the model is, and its size. */
  model: string;
  warnings: readonly string[];
}

export function resultOf(
  data: TrainingData,
  fit: FitResult,
  { model, warnings }: { model: string; warnings: readonly string[] },
): TrainResult {
  const { file, task, roles } = data;
  const { estimator, progress, seconds } = fit;
  const { rows, trainRows, labels } = rowsOf(data);
  const heldOut: HeldOutScore<ClassifierEvaluation | RegressorEvaluation> | null = estimator.heldOutScore;
  return {
    command: 'train',
    chainrule: VERSION,
    node: process.versions.node,
    file: file.path,
    format: file.format,
    rows,
    trainRows,
    task: task.task,
    taskReason: task.reason,
    metric: estimator.options.metric ?? null,
    target: roles.target,
    classes: 'classes' in estimator ? countLabels(estimator.classes, labels) : null,
    columns: columnsOf(data, fit),
    heldOut: heldOut && { rows: heldOut.rows, metrics: heldOut.evaluation, baseline: heldOut.baseline },
    networks: estimator.networks.length,
    epochs: { done: progress?.done ?? 0, total: progress?.total ?? 0 },
    stoppedEarly: earlyEnd(fit),
    seconds: Number(seconds.toFixed(3)),
    seed: estimator.options.seed,
    resumedFrom: fit.checkpoints?.found?.path ?? null,
    model,
    warnings,
  };
}

/** Rows of the file, those with a label, and how many have each. */
function rowsOf({ file, table, labels }: TrainingData) {
  if (table instanceof LabelledSource) {
    const { rows, labels: counts } = table.counts ?? { rows: 0, labels: new Map<unknown, number>() };
    let trainRows = 0;
    for (const own of counts.values()) trainRows += own;
    return { rows, trainRows, labels: counts };
  }
  const counts = new Map<unknown, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return { rows: file.rowCount, trainRows: table.rowCount, labels: counts };
}

function countLabels(classes: readonly unknown[], counts: ReadonlyMap<unknown, number>) {
  return classes.map((label) => ({ label, rows: counts.get(label) ?? 0 }));
}

function columnsOf({ file, roles }: TrainingData, { estimator }: FitResult): ColumnResult[] {
  const features = new Map(estimator.columns.map((column) => [column.name, column]));
  return file.columns.map(({ name, kind, unit, missing }): ColumnResult => {
    const own = { name, kind, used: false, ...(unit !== undefined && { unit }), missing, features: 0 };
    if (name === roles.target) return { ...own, role: 'target' };
    if (name === roles.weight) return { ...own, role: 'weight' };
    const learnt = features.get(name);
    const role = roles.ids.includes(name) ? 'id' : 'feature';
    const { used = false, reason, features: count = 0 } = learnt ?? {};
    const why = role === 'id' ? 'an id, which is copied to predictions' : reason;
    return {
      ...own,
      role,
      kind: learnt?.kind ?? kind,
      used,
      ...(used || why === undefined ? {} : { reason: why }),
      features: count,
    };
  });
}
