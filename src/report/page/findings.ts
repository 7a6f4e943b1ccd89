/** What somebody should know before using the model, in sentences. */

import type { ClassFacts, NumberFacts, ReportFacts } from '../facts.js';
import { calibrationError, wilson } from './curves.js';
import { count, figure, list, percent, plural, points } from './format.js';
import { shorten } from './html.js';
import { layerFindings } from './layers.js';
import { sortedErrors } from './numbers.js';
import { reliabilityOf } from './reliability.js';

/** 'caution' is something to act on, 'good' is as it should be. */
export interface Finding {
  level: 'good' | 'note' | 'caution';
  text: string;
}

const caution = (text: string): Finding => ({ level: 'caution', text });
const note = (text: string): Finding => ({ level: 'note', text });
const good = (text: string): Finding => ({ level: 'good', text });

/** The gravest first. */
export function findingsOf(facts: ReportFacts): Finding[] {
  const found = [
    ...rowFindings(facts),
    ...(facts.classes === null ? [] : classFindings(facts.classes)),
    ...(facts.numbers === null ? [] : numberFindings(facts.numbers)),
    ...intervalFindings(facts),
    ...importanceFindings(facts),
    ...trainingFindings(facts),
    ...layerFindings(facts.layers).map(caution),
    ...warningFindings(facts),
  ];
  const order = { caution: 0, good: 1, note: 2 };
  return found.sort((a, b) => order[a.level] - order[b.level]);
}

const FEW_ROWS = 100;

function rowFindings({ tested }: ReportFacts): Finding[] {
  const found: Finding[] = [];
  if (tested.how === 'seen') {
    found.push(
      caution(
        'The scores are of rows that the model was trained on, and flatter it. Rows that are new to it would tell how good it is.',
      ),
    );
  }
  if (tested.mayBeSeen) {
    found.push(
      note(
        'There are as many tested rows as training had. If they are the same, the scores flatter the model.',
      ),
    );
  }
  if (tested.rows < FEW_ROWS) {
    found.push(
      note(`Only ${plural(tested.rows, 'row')} were tested: other rows may score quite differently.`),
    );
  }
  return found;
}

const MUCH_MISCALIBRATED = 0.05;
const ENOUGH_TO_CALIBRATE = 200;
/** Share of the rows whose range is farther off than chance allows. */
const SURELY_OFF = 0.3;

function classFindings(facts: ClassFacts): Finding[] {
  const { names, evaluation, baseline, perClass, targets } = facts;
  const found: Finding[] = [];
  const [low] = wilson(evaluation.accuracy, targets.length);
  if (names.length < 2) return [caution('There is one class only: nothing was learnt.')];
  const always = `always saying “${shorten(baseline.name, 40)}” (${percent(baseline.accuracy)})`;
  if (low > baseline.accuracy)
    found.push(good(`The accuracy of ${percent(evaluation.accuracy)} is clearly better than ${always}.`));
  else
    found.push(
      caution(`The accuracy of ${percent(evaluation.accuracy)} is not clearly better than ${always}.`),
    );
  const lost = perClass.flatMap(({ support, recall }, index) =>
    support > 0 && recall === 0 ? `“${shorten(names[index], 30)}”` : [],
  );
  if (lost.length > 0)
    found.push(
      caution(
        `${lost.length > 1 ? 'The classes' : 'The class'} ${list(lost)} ${lost.length > 1 ? 'are' : 'is'} never recognised.`,
      ),
    );
  if (targets.length >= ENOUGH_TO_CALIBRATE) {
    const { bins } = reliabilityOf(facts);
    const error = calibrationError(bins);
    // With few rows in a range, shares are off by chance, too.
    const surelyOff = bins.filter(({ predicted, low, high }) => predicted < low || predicted > high);
    const rowsOff = surelyOff.reduce((sum, { rows }) => sum + rows, 0);
    if (error > MUCH_MISCALIBRATED && rowsOff > SURELY_OFF * targets.length)
      found.push(
        caution(`Probabilities are off by ${points(error)} on average: do not take them literally.`),
      );
  }
  return found;
}

/** Of the baseline's error. */
const CLEARLY_LESS = 0.95;
/** A mean error above this share of the RMSE is more than chance with a thousand rows. */
const BIASED = 0.1;
const FAR = 0.01;
const MOST_OF_SQUARES = 0.5;

function numberFindings(facts: NumberFacts): Finding[] {
  const { evaluation, baseline, targets, predicted } = facts;
  const found: Finding[] = [];
  const { rmse } = evaluation;
  const constant = `that of always the same number (${figure(baseline.rmse)})`;
  if (rmse < CLEARLY_LESS * baseline.rmse) {
    found.push(
      good(`The RMSE of ${figure(rmse)} is ${percent(1 - rmse / baseline.rmse, 0)} below ${constant}.`),
    );
  } else found.push(caution(`The RMSE of ${figure(rmse)} is hardly better than ${constant}.`));
  const errors = sortedErrors(facts);
  const mean = errors.reduce((sum, each) => sum + each, 0) / errors.length;
  if (Math.abs(mean) > Math.max(BIASED, 3 / Math.sqrt(errors.length)) * rmse) {
    found.push(
      caution(
        `Predictions are ${mean > 0 ? 'too low' : 'too high'} by ${figure(Math.abs(mean))} on average.`,
      ),
    );
  }
  const squares = targets.map((target, row) => (target - predicted[row]) ** 2).sort();
  const far = Math.max(1, Math.floor(FAR * squares.length));
  const total = squares.reduce((sum, each) => sum + each, 0);
  const ofFar = squares.subarray(squares.length - far).reduce((sum, each) => sum + each, 0);
  if (total > 0 && ofFar / total > MOST_OF_SQUARES && squares.length >= FEW_ROWS) {
    found.push(
      note(
        `${plural(far, 'row')} of ${count(squares.length)} make ${percent(ofFar / total, 0)} of the squared error: they may be worth a look.`,
      ),
    );
  }
  return found;
}

/** Whether intervals keep what they promise to rows that had no part in them. */
function intervalFindings({ numbers, tested }: ReportFacts): Finding[] {
  if (numbers === null || tested.how !== 'new') return [];
  const broken = numbers.intervals.filter(
    ({ coverage, covered }) => wilson(covered, tested.rows)[1] < coverage,
  );
  const last = broken[broken.length - 1];
  if (last === undefined) return [];
  return [
    caution(
      `Intervals that should contain ${percent(last.coverage, 0)} of the rows contain ${percent(last.covered)}: these rows are unlike those of training.`,
    ),
  ];
}

const NEARLY_ALL = 0.9;

function importanceFindings({ importance }: ReportFacts): Finding[] {
  if (importance === null || importance.columns.length < 2) return [];
  const { columns } = importance;
  const total = columns.reduce((sum, each) => sum + Math.max(0, each.importance), 0);
  const found: Finding[] = [];
  const [first] = columns;
  if (total > 0 && first.importance / total > NEARLY_ALL) {
    found.push(
      note(
        `Nearly everything rests on “${shorten(first.name, 40)}”. Will it be known when a prediction is needed?`,
      ),
    );
  }
  const useless = columns
    .filter((each) => each.importance <= each.standardDeviation)
    .map(({ name }) => `“${shorten(name, 24)}”`);
  if (total > 0 && useless.length > 0) {
    found.push(
      note(
        `${list(useless, 4)} ${useless.length > 1 ? 'tell' : 'tells'} nothing that the other columns do not.`,
      ),
    );
  }
  return found;
}

const NEAR_THE_END = 0.95;
const LEAST_EPOCHS = 5;

function trainingFindings({ training }: ReportFacts): Finding[] {
  const { members, stoppedBy } = training;
  const found: Finding[] = [];
  if (stoppedBy === 'maxTime')
    found.push(caution('The time limit ended the training: with more time the model may become better.'));
  if (stoppedBy === 'aborted')
    found.push(caution('The training was ended early: with more epochs the model may become better.'));
  if (stoppedBy === 'diverged')
    found.push(caution('The training diverged and was ended: a lower learning rate may help.'));
  const atEnd = members.filter(
    ({ bestEpoch, epochs }) =>
      bestEpoch !== null && bestEpoch > NEAR_THE_END * epochs.length && epochs.length >= LEAST_EPOCHS,
  );
  if (stoppedBy === 'epochs' && members.length > 0 && atEnd.length > members.length / 2) {
    found.push(
      note(
        `${atEnd.length > 1 ? 'Most networks were' : 'The network was'} best at the very end: more epochs may make it better.`,
      ),
    );
  }
  return found;
}

function warningFindings({ data }: ReportFacts): Finding[] {
  const warnings = data.warnings.length + data.testWarnings.length + data.readWarnings.length;
  return warnings === 0
    ? []
    : [
        note(
          `${plural(warnings, 'thing')} about the data ${warnings > 1 ? 'are' : 'is'} worth a look: see “Data”.`,
        ),
      ];
}
