/** What the facts mean: one finding after another, each drawn only from the facts. */

import { crashFinding } from './crash-finding.js';
import type { CheckEnd, Facts, Finding, Stage, TrainingResult } from './facts.js';
import { loadFinding } from './load-finding.js';
import { cpuFindings, speedFindings, threadFindings, variableFindings } from './tuning-findings.js';

/** Node below this is not supported. */
const OLDEST_NODE = 20;

/** The findings, the worst first. */
export function findingsOf(facts: Facts): Finding[] {
  const findings = [
    runtimeFinding(facts),
    ...engineFindings(facts),
    ...failureFindings(facts),
    ...trainingFindings(facts),
    ...cpuFindings(facts),
    ...threadFindings(facts),
    ...speedFindings(facts),
    ...variableFindings(facts),
  ].filter((finding) => finding !== null);
  const rank = ['problem', 'warning', 'note', 'ok'];
  return findings.sort((a, b) => rank.indexOf(a.severity) - rank.indexOf(b.severity));
}

function runtimeFinding({ runtime: { name, version } }: Facts): Finding | null {
  if (name !== 'Node.js' || Number(version.split('.')[0]) >= OLDEST_NODE) return null;
  return {
    severity: 'problem',
    message: `This is Node.js ${version}; chainrule needs ${OLDEST_NODE} or later.`,
    remedies: [`Install Node.js ${OLDEST_NODE} or later.`],
  };
}

/** Which engine is available, and why the native one is not. */
function engineFindings(facts: Facts): Finding[] {
  const { engine, check, nativeCheck, addonFailure } = facts;
  if (check.how !== 'finished') return [crashFinding(facts, check)];
  if (engine.referenceWanted) return [referenceWanted(facts, nativeCheck)];
  if (addonFailure !== null) return [loadFinding(facts, addonFailure, 'problem')];
  if (engine.failure !== null) {
    const remedies = engine.failure.message.startsWith('CHAINRULE_BACKEND')
      ? ['Set CHAINRULE_BACKEND to native, reference or auto, or unset it.']
      : [];
    return [
      {
        severity: 'problem',
        message: `No engine could be chosen: ${asSentence(engine.failure.message)}`,
        remedies,
      },
    ];
  }
  if (engine.name === 'native') return [];
  return [
    {
      severity: 'problem',
      message: `The addon loads, but the reference engine was chosen: ${asSentence(engine.reason ?? 'no reason given')}`,
      remedies: ['Report this, with the output of `npx chainrule doctor --json`.'],
    },
  ];
}

/** A note: the user asked for it. It still helps to know what the native engine would do. */
function referenceWanted(facts: Facts, nativeCheck: CheckEnd | null): Finding {
  const asked = 'The reference engine trains, because CHAINRULE_BACKEND=reference asks for it.';
  const note = (message: string, remedies: string[] = []): Finding => ({
    severity: 'note',
    message: `${asked} ${message}`,
    remedies,
  });
  if (nativeCheck !== null && nativeCheck.how !== 'finished') {
    const { message, remedies } = crashFinding(facts, nativeCheck);
    return note(`It should stay so for now. ${message}`, remedies);
  }
  if (facts.addonFailure !== null) {
    const { message, remedies } = loadFinding(facts, facts.addonFailure, 'note');
    return note(message, remedies);
  }
  return note('The native engine, which is many times faster, works here too.', [
    'Unset CHAINRULE_BACKEND to train natively.',
  ]);
}

const DOING: Partial<Record<Stage, string>> = {
  reference: 'Training on the reference engine',
  training: 'Training a tiny network',
  speed: 'Measuring the speed',
};

function failureFindings({ engine, failures }: Facts): Finding[] {
  return failures
    .filter(({ stage }) => stage === 'reference' || engine.failure === null)
    .map(({ stage, failure }) => ({
      severity: 'problem',
      message: `${DOING[stage]} failed: ${asSentence(failure.message)}`,
      remedies: [REPORT],
    }));
}

function trainingFindings({ training, engine }: Facts): Finding[] {
  const { chosen, reference } = training;
  if (reference !== null && !hasLearned(reference)) return [wrong('reference', reference)];
  if (chosen === null) return [];
  if (!hasLearned(chosen)) return [wrong(engine.name ?? 'chosen', chosen)];
  if (engine.name !== 'native') {
    return [{ severity: 'ok', message: 'The reference engine learns XOR.', remedies: [] }];
  }
  if (reference === null) return [];
  const difference = largestDifference(chosen, reference);
  if (!(difference <= LARGEST_DIFFERENCE)) {
    return [
      {
        severity: 'problem',
        message:
          'The engines disagree: on the same training the losses of the native engine differ from those of the ' +
          `reference engine by up to ${(difference * 100).toPrecision(2)}%.`,
        remedies: ['Set CHAINRULE_BACKEND=reference for correct results.', REPORT],
      },
    ];
  }
  const message = 'The native engine loads, learns XOR, and agrees with the reference engine.';
  return [{ severity: 'ok', message, remedies: [] }];
}

const REPORT = 'Report this, with the output of `npx chainrule doctor --json`.';

/** Rounding makes about 1e-6 in this training. */
const LARGEST_DIFFERENCE = 1e-3;

function hasLearned({ accuracy, losses }: TrainingResult): boolean {
  return accuracy === 1 && losses[losses.length - 1] < losses[0] / 10;
}

function wrong(engine: string, { accuracy, losses }: TrainingResult): Finding {
  return {
    severity: 'problem',
    message:
      `The ${engine} engine computes wrong results: XOR is not learned (accuracy ${accuracy}, ` +
      `loss ${losses[0]} to ${losses[losses.length - 1]}).`,
    remedies:
      engine === 'native' ? ['Set CHAINRULE_BACKEND=reference for correct results.', REPORT] : [REPORT],
  };
}

/** Relative to the reference; NaN or Infinity if the losses cannot be compared. */
function largestDifference(chosen: TrainingResult, reference: TrainingResult): number {
  if (chosen.losses.length !== reference.losses.length) return Number.POSITIVE_INFINITY;
  const differences = chosen.losses.map(
    (loss, i) => Math.abs(loss - reference.losses[i]) / reference.losses[i],
  );
  return Math.max(...differences);
}

/** Turns a message with a list, one item a line, into part of a sentence. */
function asSentence(message: string): string {
  const line = message
    .trim()
    .replace(/:\n\s*/g, ': ')
    .replace(/\n\s*/g, '; ');
  return /[.!?]$/.test(line) ? line : `${line}.`;
}
