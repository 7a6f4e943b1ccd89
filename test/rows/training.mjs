/** Compares what training by the command line comes to with what a case expects. */

import { existsSync } from 'node:fs';
import { faultsOfWarnings } from './mentions.mjs';
import { warningsOf } from './program.mjs';

/** @param trained - what `train` of program.mjs gives */
export function faultsOfTraining(expected, trained, model) {
  const { report, stderr, status } = trained;
  if (report === null) return [`training stopped with status ${status}: ${stderr.trim()}`];
  if (!existsSync(model)) return ['training wrote no model'];
  const faults = [];
  const compare = (what, own) => {
    if (!expected.has(what)) return;
    faults.push(
      ...expected.at(what).faults(({ value }) => (value === own ? [] : [`${what} is ${own}, not ${value}`])),
    );
  };
  compare('rows', report.rows);
  compare('task', report.task);
  compare('trainRows', report.trainRows);
  if (!expected.has('trainRows') && report.trainRows !== report.rows) {
    faults.push(`only ${report.trainRows} of ${report.rows} rows are left to train on`);
  }
  if (expected.has('classes')) {
    const isFree = expected.value.classesIgnoreCase ?? false;
    faults.push(
      ...expected.at('classes').faults(({ value }) => faultsOfClasses(value, report.classes, isFree)),
    );
  } else if (
    report.classes !== null &&
    report.task === 'classification' &&
    expected.value.task !== 'classification'
  ) {
    faults.push('there are classes, though none are expected');
  }
  if (expected.has('warnings')) {
    const texts = warningsOf(trained);
    faults.push(...expected.at('warnings').faults(({ value }) => faultsOfWarnings(value, texts)));
  }
  return faults;
}

function faultsOfClasses(expected, classes, isFree) {
  const plain = (text) => (isFree ? String(text).toLowerCase() : String(text));
  const own = (classes ?? []).map(({ label }) => plain(label)).sort();
  const wanted = expected.map(plain).sort();
  return JSON.stringify(own) === JSON.stringify(wanted)
    ? []
    : [`the classes are ${JSON.stringify(own)}, not ${JSON.stringify(wanted)}`];
}
