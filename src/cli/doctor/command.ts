import process from 'node:process';
import { Command, InvalidArgumentError } from 'commander';
import { paintFor, widthOf } from '../terminal.js';
import { examine } from './examine.js';
import type { DoctorReport } from './facts.js';
import { findingsOf } from './findings.js';
import { renderReport } from './text.js';

interface DoctorOptions {
  json?: true;
  timeLimit: number;
}

const EXAMPLES = `
It loads the native engine, trains a tiny network and measures the speed in a process of its own, so that a
crash is found and told. Takes about three seconds and changes nothing. Exit status 1 when something is wrong.

Examples:
  $ npx chainrule doctor                           # what is wrong, and how to fix it
  $ npx chainrule doctor --json > doctor.json      # to attach to a report
  $ node --no-addons node_modules/chainrule/dist/cli.js doctor
                                                   # what a program started with these flags sees`;

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('say which engine trains here and why, and how to fix what is wrong')
    .option('--json', 'print one JSON object')
    .option('--time-limit <seconds>', 'stop a check that takes longer', seconds, 20)
    .addHelpText('after', EXAMPLES)
    .action(doctor);
}

async function doctor({ json, timeLimit }: DoctorOptions): Promise<void> {
  const progress = process.stderr.isTTY && !json;
  if (progress) process.stderr.write('Checking, which takes about three seconds ...');
  const facts = await examine(timeLimit);
  // Back to the beginning of the line, which is then deleted.
  if (progress) process.stderr.write('\r\u001b[K');
  const findings = findingsOf(facts);
  const ok = findings.every(({ severity }) => severity !== 'problem');
  const report: DoctorReport = { ok, findings, ...facts };
  process.stdout.write(
    json
      ? `${JSON.stringify(report, null, 2)}\n`
      : renderReport(report, paintFor(process.stdout), widthOf(process.stdout)),
  );
  if (!ok) process.exitCode = 1;
}

function seconds(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 3600))
    throw new InvalidArgumentError('expected a number of seconds up to 3600');
  return value;
}
