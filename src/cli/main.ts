#!/usr/bin/env node
/** The command line: a table of commands, and the exit status. 0: fine; 1: it failed; 2: wrong usage. */

import process from 'node:process';
import { Command, CommanderError } from 'commander';
import { ChainruleError } from '../index.js';
import { VERSION } from '../version.js';
import { buildCommand } from './build/command.js';
import { doctorCommand } from './doctor/command.js';
import { probeCommand } from './doctor/probe.js';

const COMMANDS = [doctorCommand, buildCommand];
/** For processes that this program starts itself. */
const HIDDEN_COMMANDS = [probeCommand];

const FAILED = 1;
const WRONG_USAGE = 2;

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
  program.addHelpText('after', '\nExamples:\n  $ npx chainrule doctor\n  $ npx chainrule build --help');
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
    // Our own errors say what to do; for any other, its place in the code is more useful.
    const known = error instanceof ChainruleError;
    console.error(`chainrule: ${known ? error.message : ((error as Error)?.stack ?? error)}`);
    return FAILED;
  }
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // The reader, e.g. `head`, has closed the pipe.
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

process.exitCode = await main();
