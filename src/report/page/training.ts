/** How training went: loss and accuracy of every network, epoch by epoch. */

import * as Plot from '@observablehq/plot';
import type { MemberHistory, TrainingFacts } from '../facts.js';
import { roomAcross, roomUp, valueAxis } from './axis.js';
import { draw, figureOf, HEIGHT, legend } from './chart.js';
import { thinned } from './curves.js';
import { duration, figure, percent, plural, range } from './format.js';
import { type Html, html } from './html.js';
import { foldedTable } from './table.js';

const MOST_POINTS = 200;
/** More lines are one grey area. */
const MOST_LINES = 10;
const LOG_FROM = 12;

const MARGINS = { marginLeft: 50, marginRight: 12, marginTop: 22 };
const ROOM_UP = roomUp({ ...MARGINS, height: HEIGHT });

type Epoch = MemberHistory['epochs'][number];

export function trainingSection(training: TrainingFacts): Html {
  const members = training.members.filter(({ epochs }) => epochs.length > 0);
  if (members.length === 0) {
    return html`<p>Nothing is known of the training: a model that predicts a constant had none, and files of older versions do not keep it.</p>`;
  }
  // A line needs two points; the table has the numbers.
  if (members.every(({ epochs }) => epochs.length === 1)) {
    return html`<p>${overview(members, training)} ${lossWords(members)}</p>${memberTable(members)}`;
  }
  return html`<p>${overview(members, training)}</p><div class="figures">${lossFigure(members, training)}${accuracyFigure(members)}</div>${memberTable(members)}`;
}

const ENDS: Readonly<Record<string, string>> = {
  epochs: 'ran through all its epochs',
  converged: 'ended when it had converged',
  earlyStopping: 'ended when the held-out rows were no longer predicted better',
  maxTime: 'was ended by the time limit',
  aborted: 'was ended early by hand',
  diverged: 'diverged; what came before is kept',
};

function overview(members: readonly MemberHistory[], { stoppedBy }: TrainingFacts): string {
  const epochs = range(
    members.map((member) => member.epochs.length),
    String,
  );
  const seconds = members.reduce((sum, member) => sum + (member.seconds ?? 0), 0);
  const time = seconds > 0 ? `, ${duration(seconds)} of training in all` : '';
  const best = members.flatMap(({ bestEpoch }) => bestEpoch ?? []);
  const kept =
    best.length === 0
      ? ''
      : ` Kept ${members.length > 1 ? 'are the networks' : 'is the network'} of epoch ${range(best, String)}, the best on the held-out rows.`;
  return `${plural(members.length, 'network')} trained for ${epochs} ${epochs === '1' ? 'epoch' : 'epochs'}${time}. The training ${ENDS[stoppedBy] ?? stoppedBy}.${kept}`;
}

function lossFigure(
  members: readonly MemberHistory[],
  { loss, targetDeviation, isDamped }: TrainingFacts,
): Html {
  const drawn = members.slice(0, MOST_LINES);
  const values = drawn.flatMap(({ epochs }) =>
    epochs.flatMap((epoch) => [epoch.loss, epoch.heldOutLoss ?? epoch.loss]),
  );
  const { from, to } = endsOf(values);
  const isLog = from > 0 && to / from > LOG_FROM;
  const axis = valueAxis({ from, to, isLog, ...ROOM_UP }).options;
  const unit =
    targetDeviation === null
      ? ''
      : `, with the target in units of its standard deviation (${figure(targetDeviation)})`;
  const words = `${lossWords(members)} The loss is ${loss}${unit}.${isDamped ? ' That of training counts dropout and smoothed labels, so it can be the higher one.' : ''}${drawn.length < members.length ? ` The first ${MOST_LINES} networks are drawn.` : ''}`;
  const chart = draw({
    label: `Loss by epoch. ${words}`,
    options: {
      ...MARGINS,
      x: epochAxis(drawn),
      y: {
        ...axis,
        type: isLog ? 'log' : 'linear',
        axis: null,
        grid: true,
      },
      marks: [
        // Of a scale's own labels, Plot leaves out some where it is logarithmic.
        Plot.axisY(axis.ticks, { text: axis.tickFormat, label: 'loss', labelArrow: 'none' }),
        ...drawn.flatMap((member) => [
          line(member, (epoch) => epoch.loss, 'var(--c6)', 0.6),
          line(member, (epoch) => epoch.heldOutLoss, 'var(--c1)', 0.85),
          bestDot(member, (epoch) => epoch.heldOutLoss),
        ]),
      ],
    },
  });
  return figureOf('Loss', chart, words, lineLegend(members));
}

/** Of the finite ones, since losses that diverged are not drawn. */
function endsOf(values: readonly number[]): { from: number; to: number } {
  const finite = values.filter(Number.isFinite);
  return finite.length === 0 ? { from: 0, to: 1 } : { from: Math.min(...finite), to: Math.max(...finite) };
}

function epochAxis(members: readonly MemberHistory[]) {
  const epochs = members.flatMap((member) => member.epochs.map(({ epoch }) => epoch));
  const { options } = valueAxis({ ...endsOf(epochs), kind: 'whole', ...roomAcross(MARGINS) });
  return { ...options, label: 'epoch', labelAnchor: 'center', labelArrow: 'none' } as const;
}

function lossWords(members: readonly MemberHistory[]): string {
  const bests = members.flatMap(({ epochs }) => {
    const known = epochs.flatMap(({ heldOutLoss }) => heldOutLoss ?? []);
    return known.length === 0 ? [] : Math.min(...known);
  });
  const lasts = members.map(({ epochs }) => epochs[epochs.length - 1].loss);
  const write = (value: number) => figure(value, 3);
  const held =
    bests.length === 0
      ? 'No rows were held out.'
      : `On held-out rows the loss is ${range(bests, write)} at its lowest.`;
  return `${held} The training loss ends at ${range(lasts, write)}.`;
}

function accuracyFigure(members: readonly MemberHistory[]): Html | null {
  const known = members.filter(({ epochs }) =>
    epochs.some(({ heldOutAccuracy }) => heldOutAccuracy !== null),
  );
  if (known.length === 0) return null;
  const drawn = known.slice(0, MOST_LINES);
  const values = drawn.flatMap(({ epochs }) =>
    epochs.flatMap(({ heldOutAccuracy }) => heldOutAccuracy ?? []),
  );
  const at = ({ epochs, bestEpoch }: MemberHistory) =>
    epochs[(bestEpoch ?? epochs.length) - 1]?.heldOutAccuracy ?? Number.NaN;
  const words = `Of the rows held out from ${known.length > 1 ? 'each network' : 'the network'}, ${range(known.map(at), percent)} are right at the epoch that is kept.`;
  const chart = draw({
    label: `Accuracy on held-out rows by epoch. ${words}`,
    options: {
      ...MARGINS,
      x: epochAxis(drawn),
      y: {
        ...valueAxis({ ...endsOf(values), kind: 'share', ...ROOM_UP }).options,
        label: 'accuracy',
        labelArrow: 'none',
        grid: true,
      },
      marks: drawn.flatMap((member) => [
        line(member, (epoch) => epoch.heldOutAccuracy, 'var(--c1)', 0.85),
        bestDot(member, (epoch) => epoch.heldOutAccuracy),
      ]),
    },
  });
  return figureOf('Accuracy', chart, words, lineLegend(known, false));
}

function lineLegend(members: readonly MemberHistory[], withTraining = true): Html {
  const each = members.length > 1 ? ', each network' : '';
  return legend([
    { colour: 'var(--c1)', name: `held-out rows${each}` },
    ...(withTraining ? [{ colour: 'var(--c6)', name: `training rows${each}` }] : []),
    { colour: 'var(--c2)', name: 'kept (dot)' },
  ]);
}

function line(
  { epochs }: MemberHistory,
  value: (epoch: Epoch) => number | null,
  stroke: string,
  strokeOpacity: number,
) {
  const points = thinned(
    epochs.filter((epoch) => Number.isFinite(value(epoch) ?? Number.NaN)),
    MOST_POINTS,
  );
  return Plot.line(points, { x: 'epoch', y: value, stroke, strokeOpacity, strokeWidth: 1.4 });
}

function bestDot({ epochs, bestEpoch }: MemberHistory, value: (epoch: Epoch) => number | null) {
  return Plot.dot(
    epochs.filter(({ epoch }) => epoch === bestEpoch),
    { x: 'epoch', y: value, r: 3.2, fill: 'var(--c2)' },
  );
}

function memberTable(members: readonly MemberHistory[]): Html {
  const rows = members.map((member, index) => {
    const kept = member.bestEpoch ?? member.epochs.length;
    return { ...member, name: `Network\u00a0${index + 1}`, kept, epoch: member.epochs[kept - 1] };
  });
  const orNone = (value: number | null | undefined, write: (value: number) => string) =>
    value === null || value === undefined ? '–' : write(value);
  const hasAccuracy = rows.some(({ epoch }) => (epoch?.heldOutAccuracy ?? null) !== null);
  return foldedTable(
    {
      caption: 'Each network at the epoch that is kept',
      rows,
      columns: [
        { title: 'Network', kind: 'name', cell: ({ name }) => name },
        { title: 'Epochs', kind: 'number', cell: ({ epochs }) => String(epochs.length) },
        { title: 'Kept', kind: 'number', cell: ({ kept }) => String(kept) },
        {
          title: 'Training loss',
          kind: 'number',
          cell: ({ epoch }) => orNone(epoch?.loss, (value) => figure(value, 3)),
        },
        {
          title: 'Held-out loss',
          kind: 'number',
          cell: ({ epoch }) => orNone(epoch?.heldOutLoss, (value) => figure(value, 3)),
        },
        ...(hasAccuracy
          ? [
              {
                title: 'Held-out accuracy',
                kind: 'number' as const,
                cell: ({ epoch }: (typeof rows)[number]) => orNone(epoch?.heldOutAccuracy, percent),
              },
            ]
          : []),
        { title: 'Time', kind: 'number', cell: ({ seconds }) => orNone(seconds, duration) },
      ],
    },
    MOST_LINES,
    'networks',
  );
}
