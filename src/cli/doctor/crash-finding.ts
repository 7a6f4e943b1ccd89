/** What it means if the check did not finish. */

import type { CheckEnd, Facts, Finding, Rescue, Stage } from './facts.js';

const WHILE: Record<Stage, string> = {
  reference: 'while the reference engine trained, which is no native code of chainrule',
  addon: 'while it loaded the native addon',
  engine: 'while it made a network',
  training: 'while it trained a tiny network',
  speed: 'while it measured the speed',
};

const MEANING: Record<string, string> = {
  SIGILL: 'the addon uses instructions that this CPU, or the machine that emulates it, lacks',
  ILLEGAL_INSTRUCTION: 'the addon uses instructions that this CPU, or the machine that emulates it, lacks',
  SIGSEGV: 'native code accessed memory that is not its own',
  ACCESS_VIOLATION: 'native code accessed memory that is not its own',
  SIGBUS: 'native code accessed memory that does not exist, e.g. of a truncated file',
  SIGFPE: 'native code divided by zero',
  SIGABRT: 'native code aborted',
  SIGKILL: 'the system killed it, as it does when memory runs out',
};

const REPORT = 'Report it, with the output of `npx chainrule doctor --json`.';
const USE_REFERENCE = 'Set CHAINRULE_BACKEND=reference to train without native code';

export function crashFinding(facts: Facts, end: CheckEnd): Finding {
  const problem = (message: string, remedies: string[]): Finding => ({
    severity: 'problem',
    message,
    remedies,
  });
  if (end.how === 'refused') {
    return problem(`The check could not start a separate process: ${end.stderr.replace(/\.?$/, '.')}`, [
      'Under --permission start node with --allow-child-process too.',
    ]);
  }
  const at = end.stage === null ? 'before its first part' : WHILE[end.stage];
  const last = end.stderr.trim().split('\n').at(-1);
  const said = last ? ` It said: ${last}` : '';
  if (end.how === 'timedOut') {
    return problem(`The check hung ${at} and was stopped after ${Math.round(end.seconds)} s.${said}`, [
      'On a machine that is very slow or very busy, give it longer: `npx chainrule doctor --time-limit 120`.',
      ...withoutNative(facts),
    ]);
  }
  if (end.how === 'crashed' && end.signal !== null) {
    const meaning = MEANING[end.signal] ? `: ${MEANING[end.signal]}` : '';
    return problem(`The check crashed with ${end.signal} ${at}${meaning}.${said}`, [
      ...rescued(facts.rescues),
      ...withoutNative(facts),
    ]);
  }
  return problem(`The check ended with status ${end.status} ${at}.${said}`, withoutNative(facts));
}

/** The remedy that was tried and worked. */
function rescued(rescues: readonly Rescue[]): string[] {
  const { variable, value } = rescues.find(({ works }) => works) ?? {};
  if (variable === undefined) return [];
  if (value === null) return [`Unset ${variable}: without it the native engine works here.`];
  return [`Set ${variable}=${value}: with it the native engine works here.`];
}

function withoutNative({ training, variables, engine }: Facts): string[] {
  const works = training.reference === null ? '.' : '; it works here.';
  const own = variables.some(({ name }) => name === 'CHAINRULE_ADDON')
    ? ['Unset CHAINRULE_ADDON to use the addon that belongs to this package.']
    : ['Run `npx chainrule build`, which compiles the addon on this machine.'];
  return [...own, ...(engine.referenceWanted ? [] : [USE_REFERENCE + works]), REPORT];
}
