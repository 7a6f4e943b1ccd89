/** How the layers are doing, in numbers and in words. */

import type { LayerHealth } from '../../inspect/layer-health.js';
import type { MemberLayers } from '../facts.js';
import { count, figure, list, percent, range } from './format.js';
import { type Html, html } from './html.js';
import { table } from './table.js';

/** As in the findings of a network's fit: where something is clearly wrong. */
const MOSTLY_FLAT = 0.5;
const MANY_IDLE = 0.25;
const VANISHED = 1e-3;

interface LayerRow {
  name: string;
  layers: MemberLayers['layers'];
}

function rowsOf(members: readonly MemberLayers[]): LayerRow[] {
  const depth = members[0]?.layers.length ?? 0;
  return Array.from({ length: depth }, (_, l) => ({
    name: l === depth - 1 ? 'output' : `hidden\u00a0${l + 1}`,
    layers: members.map(({ layers }) => layers[l]),
  }));
}

export function layersSection(members: readonly MemberLayers[]): Html {
  if (members.length === 0) {
    return html`<p>There is nothing to look at: no network was trained, or the rows to pass through it are not known.</p>`;
  }
  const found = layerFindings(members);
  const words =
    found.length === 0
      ? html`<p>The layers are healthy: every one passes gradients, and hardly any unit is idle.</p>`
      : html`<ul class="findings">${found.map((each) => html`<li class="caution">${each}</li>`)}</ul>`;
  const rows = range(
    members.map((member) => member.rows),
    count,
  );
  const networks =
    members.length > 1 ? `the ${members.length} networks, from the least to the most` : 'the network';
  const shown = table({
    caption: `Layers of ${networks}, on ${rows} of the tested rows each`,
    rows: rowsOf(members),
    columns: [
      { title: 'Layer', kind: 'name', cell: ({ name }) => name },
      {
        title: 'Units',
        kind: 'number',
        cell: ({ layers }) => `${count(layers[0].inputs)} → ${count(layers[0].units)}`,
      },
      { title: 'Activation', kind: 'text', cell: ({ layers }) => layers[0].activation },
      { title: 'Weight norm', kind: 'number', cell: (row) => spread(row, ({ weightNorm }) => weightNorm) },
      {
        title: 'Gradient norm',
        kind: 'number',
        cell: (row) => spread(row, ({ gradientNorm }) => gradientNorm),
      },
      { title: 'Output size', kind: 'number', cell: (row) => spread(row, ({ outputSize }) => outputSize) },
      { title: 'Flat', kind: 'number', cell: (row) => shareOf(row, ({ flat }) => flat) },
      { title: 'Idle units', kind: 'number', cell: (row) => idleOf(row) },
    ],
  });
  return html`${words}${shown}<p class="soft">Gradient norm: of the loss on these rows, with respect to the weight. Output size: root mean square. Flat: share of (row, unit) pairs where the activation passes less than a twelfth of its steepest gradient. Idle: units that are flat on every row.</p>`;
}

function spread({ layers }: LayerRow, value: (layer: MemberLayers['layers'][number]) => number): string {
  return range(layers.map(value), (each) => figure(each, 2));
}

function shareOf({ layers }: LayerRow, value: (layer: LayerHealth) => number | null): string {
  const known = layers.flatMap((layer) => value(layer) ?? []);
  return known.length === 0 ? '–' : range(known, (share) => percent(share, 0));
}

function idleOf({ layers }: LayerRow): string {
  const known = layers.flatMap(({ idle }) => idle ?? []);
  return known.length === 0 ? '–' : range(known, count);
}

/** What is unhealthy about the layers; empty if nothing is. */
export function layerFindings(members: readonly MemberLayers[]): string[] {
  const rows = rowsOf(members);
  return [...flatLayers(rows), ...idleLayers(rows), ...vanishing(rows)];
}

function flatLayers(rows: readonly LayerRow[]): string[] {
  const hit = rows.filter(({ layers }) =>
    layers.some(({ flat, isHalfFlat }) => flat !== null && flat > MOSTLY_FLAT && !isHalfFlat),
  );
  if (hit.length === 0) return [];
  const most = Math.max(...hit.flatMap(({ layers }) => layers.map(({ flat }) => flat ?? 0)));
  return [
    `Saturated units: up to ${percent(most, 0)} of the activations of ${namesOf(hit)} are where they pass hardly any gradient. A lower learning rate or another activation helps.`,
  ];
}

function idleLayers(rows: readonly LayerRow[]): string[] {
  const shareOfIdle = ({ idle, units }: LayerHealth) => (idle ?? 0) / units;
  const hit = rows.filter(({ layers }) => layers.some((layer) => shareOfIdle(layer) >= MANY_IDLE));
  if (hit.length === 0) return [];
  const most = Math.max(...hit.flatMap(({ layers }) => layers.map(shareOfIdle)));
  return [
    `Idle units: up to ${percent(most, 0)} of the units of ${namesOf(hit)} pass no gradient on any of the rows, so they learn no more. A lower learning rate, or fewer units, would do.`,
  ];
}

function vanishing(rows: readonly LayerRow[]): string[] {
  const hit = rows.filter(({ layers }, l) =>
    layers.some(
      ({ gradientNorm }, n) =>
        l < rows.length - 1 && gradientNorm < VANISHED * rows[rows.length - 1].layers[n].gradientNorm,
    ),
  );
  if (hit.length === 0) return [];
  return [
    `Vanishing gradients: in ${namesOf(hit)} they are less than a thousandth of those of the output. Fewer layers would learn more.`,
  ];
}

function namesOf(rows: readonly LayerRow[]): string {
  return `the ${rows.length > 1 ? 'layers' : 'layer'} ${list(rows.map(({ name }) => `“${name}”`))}`;
}
