/** Settings, versions, and how to make the same model again. */

import type { ReportFacts } from '../facts.js';
import { type Html, html } from './html.js';
import { table } from './table.js';

export function reproduceSection({ reproduction, estimator }: ReportFacts): Html {
  const { settings, versions, command, program } = reproduction;
  const commandBlock =
    command === null ? null : html`<p>The command that made the model:</p><pre><code>${command}</code></pre>`;
  return html`${commandBlock}<p>${command === null ? 'A program' : 'The same as a program'}, with the seed ${seedOf(settings)}:</p><pre><code>${program}</code></pre><p class="soft">The same seed and rows give the same model on any number of threads; another instruction set changes the last digits.</p><div class="figures">${table(
    {
      caption: `Settings of ${estimator}`,
      rows: settings,
      columns: [
        { title: 'Setting', kind: 'name', cell: ({ name }) => name },
        { title: 'Value', kind: 'words', cell: ({ value }) => value },
        { title: 'From', kind: 'text', cell: ({ isGiven }) => (isGiven ? 'given' : 'default') },
      ],
    },
  )}${table({
    caption: 'Versions',
    rows: versions,
    columns: [
      { title: 'What', kind: 'name', cell: ({ name }) => name },
      { title: 'Version', kind: 'words', cell: ({ value }) => value },
    ],
  })}</div>`;
}

function seedOf(settings: readonly { name: string; value: string }[]): string {
  return settings.find(({ name }) => name === 'seed')?.value ?? 'that it drew';
}
