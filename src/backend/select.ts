import { ChainruleError } from '../error.js';
import type { Backend, BackendName } from './backend.js';
import { loadNativeBackend } from './native.js';
import { referenceBackend } from './reference/index.js';

/** An engine and, in one sentence, why it is this one. */
export interface SelectedBackend {
  backend: Backend;
  reason: string;
}

const CHOICES = ['auto', 'native', 'reference'] as const;

let native: SelectedBackend | undefined;
let warned = false;

/**
 * The engine for a choice; CHAINRULE_BACKEND decides in the place of 'auto'. Where 'auto' finds no native
 * engine the reference engine stands in for it, and the process is warned once.
 *
 * @throws {@link ChainruleError} ERR_BACKEND where 'native' is asked for and cannot be had, and under 'auto'
 * where the addon of CHAINRULE_ADDON or the kernels of CHAINRULE_SIMD cannot
 */
export function selectBackend(choice: BackendName | 'auto'): SelectedBackend {
  const wanted = choice === 'auto' ? environmentChoice() : choice;
  const asker = choice === 'auto' ? `CHAINRULE_BACKEND=${wanted}` : `the option backend: '${wanted}'`;
  if (wanted === 'reference') {
    return { backend: referenceBackend, reason: `the reference engine was asked for by ${asker}` };
  }
  try {
    native ??= loadNative();
    return native;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const variable = demandedBy(message);
    if (variable !== null) {
      const solutions = [SOLUTION_OF[variable], `unset ${variable}`, "use backend 'reference'"];
      throw nativeMissing(`${variable}=${process.env[variable]}`, message, solutions, cause);
    }
    if (wanted === 'native') throw nativeMissing(asker, message, generalSolutions(), cause);
    warnOnce(message);
    return {
      backend: referenceBackend,
      reason: `the reference engine stands in for the native one: ${inOneLine(message)}`,
    };
  }
}

function loadNative(): SelectedBackend {
  const backend = loadNativeBackend();
  return { backend, reason: `the native addon ${backend.path} loaded` };
}

function environmentChoice(): BackendName | 'auto' {
  const value = process.env.CHAINRULE_BACKEND;
  if (value === undefined || value === '') return 'auto';
  const choice = CHOICES.find((name) => name === value);
  if (choice === undefined) {
    const expected = CHOICES.map((name) => `'${name}'`).join(', ');
    throw new ChainruleError('ERR_OPTION', `CHAINRULE_BACKEND is '${value}', expected one of ${expected}`);
  }
  return choice;
}

const SOLUTION_OF = {
  CHAINRULE_ADDON: 'set CHAINRULE_ADDON to the path of a chainrule.node built for this platform',
  CHAINRULE_SIMD: 'set CHAINRULE_SIMD to an instruction set that this CPU has kernels for',
};

/** The variable that asks for what cannot be had: an addon, or kernels. Nothing may stand in for it. */
function demandedBy(message: string): keyof typeof SOLUTION_OF | null {
  // As the addon's own message begins, behind its path.
  if (message.includes(': CHAINRULE_SIMD: ')) return 'CHAINRULE_SIMD';
  return process.env.CHAINRULE_ADDON ? 'CHAINRULE_ADDON' : null;
}

/** What can be done where no addon loads. */
function generalSolutions(): string[] {
  return [
    `reinstall chainrule here, so that its binary for ${process.platform}-${process.arch} is there`,
    "in a clone of the repository run 'npm run build:native'",
    'set the environment variable CHAINRULE_ADDON to the path of a chainrule.node built elsewhere',
    'start node without --no-addons, or with --allow-addons under --permission',
    "use backend 'auto' or 'reference', which train without native code, but slower",
  ];
}

function nativeMissing(asker: string, message: string, solutions: string[], cause: unknown): ChainruleError {
  return new ChainruleError(
    'ERR_BACKEND',
    `the native engine, asked for by ${asker}, cannot be had: ${message}\n` +
      `Possible solutions:${solutions.map((solution) => `\n- ${solution}`).join('')}`,
    { cause },
  );
}

/** A message that lists things on lines of their own, as a part of a sentence. */
function inOneLine(message: string): string {
  return message.replace(/:\n\s*/g, ': ').replace(/\n\s*/g, '; ');
}

function warnOnce(message: string): void {
  if (warned) return;
  warned = true;
  process.emitWarning(`training with the reference engine, which is slower: ${message}`, {
    type: 'ChainruleWarning',
    code: 'CHAINRULE_NO_NATIVE',
  });
}
