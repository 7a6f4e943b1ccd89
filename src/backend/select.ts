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
 * @throws {@link ChainruleError} ERR_BACKEND where 'native' is asked for and cannot be had
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
    if (wanted === 'native') throw nativeMissing(asker, message, cause);
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

function nativeMissing(asker: string, message: string, cause: unknown): ChainruleError {
  const solutions = [
    `reinstall chainrule here, so that its binary for ${process.platform}-${process.arch} is there`,
    "in a clone of the repository run 'npm run build:native'",
    'set the environment variable CHAINRULE_ADDON to the path of a chainrule.node built elsewhere',
    'start node without --no-addons, or with --allow-addons under --permission',
    "use backend 'auto' or 'reference', which train without native code, but slower",
  ];
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
