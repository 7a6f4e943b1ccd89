/** A process that does trials one after another: if one takes all memory or never ends, only this process does. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import * as chainrule from '../../dist/index.js';
import { countOf, planOf, trialAt } from './plan.mjs';
import { allTargets } from './targets/all.mjs';

/** Of processor time, which other programs do not lengthen; some mutants have megabytes. */
const mostMilliseconds = (bytes) => 1000 + bytes.length / 2000;
const MOST_MESSAGE = 1000;
const CODES = ['ERR_FILE', 'ERR_DATA', 'ERR_OPTION', 'ERR_MEMORY'];

const { parser, options, from, deadline } = JSON.parse(process.argv[2]);
const target = allTargets(chainrule).find(({ name }) => name === parser);
const plan = planOf(target, options);
const folder = mkdtempSync(path.join(tmpdir(), 'chainrule-fuzz-'));
const inherited = inheritedNames();
const unhandled = [];
process.on('unhandledRejection', (error) => unhandled.push(error));

for (let number = from; number < countOf(plan) && Date.now() < deadline; number++) {
  process.send({ begun: number });
  const trial = trialAt(plan, number);
  const before = process.cpuUsage();
  const outcome = await outcomeOf(trial);
  const { user, system } = process.cpuUsage(before);
  const milliseconds = (user + system) / 1000;
  const fault = outcome.fault ?? faultBesides(milliseconds, mostMilliseconds(trial.bytes));
  const resident = process.resourceUsage().maxRSS / 1024;
  const done = { kind: trial.kind, loaded: outcome.loaded, milliseconds, resident, number, fault };
  await new Promise((resolve) => process.send({ done }, resolve));
}
rmSync(folder, { recursive: true });
process.disconnect();

async function outcomeOf({ bytes, seed, expected }) {
  try {
    await target.run(bytes, folder, seed);
  } catch (error) {
    return { loaded: false, fault: faultOf(error, expected) };
  }
  return { loaded: true, fault: expected instanceof RegExp ? 'it loads' : undefined };
}

function faultOf(error, expected) {
  if (!(error instanceof chainrule.ChainruleError)) return `untyped: ${error?.stack ?? error}`;
  const { code, message } = error;
  if (!CODES.includes(code)) return `${code}: ${message}`;
  if (message.length > MOST_MESSAGE)
    return `a message of ${message.length} characters: ${message.slice(0, 200)}`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(message)) return `control characters in ${JSON.stringify(message)}`;
  if (expected === 'loads' || (expected !== undefined && !expected.test(message)))
    return `it says: ${message}`;
  return undefined;
}

function faultBesides(milliseconds, most) {
  if (milliseconds > most) return `it took ${milliseconds.toFixed(0)} ms`;
  const now = inheritedNames();
  if (now !== inherited) return `prototypes have other properties: ${now}`;
  return unhandled.length === 0 ? undefined : `unhandled: ${unhandled.pop()?.stack}`;
}

function inheritedNames() {
  const prototypes = [
    Object.prototype,
    Array.prototype,
    String.prototype,
    Number.prototype,
    Function.prototype,
  ];
  return prototypes.map((prototype) => Reflect.ownKeys(prototype).map(String).join()).join(';');
}
