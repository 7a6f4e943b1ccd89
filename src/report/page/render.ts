/** The report as a page: one file, no scripts, nothing to load. */

import { VERSION } from '../../version.js';
import type { ReportFacts } from '../facts.js';
import { classTable, confusionFigure } from './confusion.js';
import { dataSection } from './data.js';
import { plural } from './format.js';
import { Html, html, shorten } from './html.js';
import { importanceSection } from './importance.js';
import { layersSection } from './layers.js';
import { actualFigure, errorHistogram, intervalTable, residualFigure } from './numbers.js';
import { overviewSection } from './overview.js';
import { reliabilityFigure } from './reliability.js';
import { reproduceSection } from './reproduce.js';
import { rocFigure } from './roc.js';
import { STYLE } from './style.js';
import { trainingSection } from './training.js';

interface Section {
  id: string;
  title: string;
  body: Html;
}

/** Nothing may be loaded, whatever a name in the data would like. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

export function renderReport(facts: ReportFacts): string {
  const { title, made } = facts;
  const sections = sectionsOf(facts);
  const links = sections.map((section) => html`<li><a href="#${section.id}">${section.title}</a></li>`);
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="chainrule ${VERSION}">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<header><p class="eyebrow">Model report</p><h1 class="name">${shorten(title, 120)}</h1><p class="lead soft">${subtitle(facts)}</p></header>
<nav aria-label="Sections"><ul>${links}</ul></nav>
<main>${sections.map(
    ({ id, title: heading, body }) => html`
<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${heading}</h2>${body}</section>`,
  )}
</main>
<footer>Made by chainrule ${VERSION} on ${made.slice(0, 10)} at ${made.slice(11, 16)} UTC. This file is whole: it loads nothing.</footer>
</body>
</html>
`;
  return page.text;
}

function subtitle({ classes, data, tested, estimator, dataName, title }: ReportFacts): string {
  const what =
    classes === null ? 'A regressor' : `A classifier of ${plural(classes.names.length, 'class', 'classes')}`;
  const trained = data.fitRows === null ? '' : `, trained on ${plural(data.fitRows, 'row')}`;
  const of = dataName === null || title.includes(dataName) ? '' : ` of ${dataName}`;
  return `${what} (${estimator})${trained}${of}, tested on ${plural(tested.rows, 'row')}.`;
}

function sectionsOf(facts: ReportFacts): Section[] {
  const { classes, numbers, importance, tested } = facts;
  const sections: (Section | null)[] = [
    { id: 'overview', title: 'At a glance', body: overviewSection(facts) },
    classes === null ? null : { id: 'predictions', title: 'Predictions', body: classesBody(facts) },
    numbers === null
      ? null
      : {
          id: 'predictions',
          title: 'Predictions',
          body: html`<div class="figures">${actualFigure(numbers)}${residualFigure(numbers)}${errorHistogram(numbers)}${intervalTable(numbers, tested.how === 'new')}</div>`,
        },
    importance === null || importance.columns.length === 0
      ? null
      : { id: 'importance', title: 'Importance of columns', body: importanceSection(importance, tested) },
    { id: 'data', title: 'Data', body: dataSection(facts) },
    { id: 'training', title: 'Training', body: trainingSection(facts.training) },
    { id: 'layers', title: 'Layers', body: layersSection(facts.layers) },
    { id: 'reproduce', title: 'To reproduce it', body: reproduceSection(facts) },
  ];
  return sections.filter((section) => section !== null);
}

const MOST_BESIDE = 6;

function classesBody({ classes }: ReportFacts): Html {
  if (classes === null) return html``;
  const recognised = classTable(classes);
  // Beside the charts, if it is not longer than they are.
  const isShort = classes.names.length <= MOST_BESIDE;
  const believed = classes.names.length < 2 ? null : reliabilityFigure(classes);
  return html`<div class="figures">${confusionFigure(classes)}${believed}${rocFigure(classes)}${isShort ? recognised : null}</div>${isShort ? null : recognised}`;
}
