#!/usr/bin/env node
/** The command line: a table of commands, and the exit status. 0: fine; 1: it failed; 2: wrong usage. */

import process from 'node:process';
import { Command, CommanderError } from 'commander';
import { VERSION } from '../version.js';
import { buildCommand } from './build/command.js';
import { doctorCommand } from './doctor/command.js';
import { probeCommand } from './doctor/probe.js';
import { evaluateCommand } from './evaluate/command.js';
import { exportCommand } from './export/command.js';
import { inspectCommand } from './inspect/command.js';
import { predictCommand } from './predict/command.js';
import { describeError, FAILED, UsageError, WRONG_USAGE } from './shared/failure.js';
import { trainCommand } from './train/command.js';

const COMMANDS = [
  trainCommand,
  predictCommand,
  evaluateCommand,
  inspectCommand,
  exportCommand,
  doctorCommand,
  buildCommand,
];
/** For processes that this program starts itself. */
const HIDDEN_COMMANDS = [probeCommand];

const EXAMPLES = `
Examples:
  $ npx chainrule train penguins.csv --target species              # learn to predict a column
  $ npx chainrule predict model.safetensors new.csv                # predict it for new rows
  $ npx chainrule evaluate model.safetensors test.csv              # how good is it?
  $ npx chainrule inspect model.safetensors                        # what is in it?
  $ npx chainrule export model.safetensors --onnx model.onnx       # take it elsewhere
  $ npx chainrule doctor                                           # is the native engine at work here?

Each command has a --help of its own. Exit status: 0, 1 if it failed, 2 for wrong usage.`;

function createProgram(): Command {
  const program = new Command('chainrule')
    .description('Trains multi-layer perceptrons inside Node.js, natively and fast.')
    .version(VERSION)
    .showHelpAfterError('(--help lists commands and options)')
    .exitOverride();
  for (const create of COMMANDS) program.addCommand(create().copyInheritedSettings(program));
  for (const create of HIDDEN_COMMANDS) {
    program.addCommand(create().copyInheritedSettings(program), { hidden: true });
  }
  program.addHelpText('after', EXAMPLES);
  return program;
}

async function main(): Promise<number> {
  try {
    await createProgram().parseAsync();
    // A command that finished but found a problem has set it.
    return Number(process.exitCode ?? 0);
  } catch (error) {
    // Help and version end this way too, with status 0; any error is already printed.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_USAGE;
    console.error(`chainrule: ${describeError(error, process.env)}`);
    return error instanceof UsageError ? WRONG_USAGE : FAILED;
  }
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // The reader, e.g. `head`, has closed the pipe.
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

process.exitCode = await main();
