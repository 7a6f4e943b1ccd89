import { ChainruleError, messageOf } from '../error.js';
import type { Backend, BackendName, GemmChoice } from './contract.js';
import { ENTRY, nativeEngine } from './native-engine.js';
import { referenceBackend } from './reference/index.js';

/** An engine and, in one sentence, why it was selected. */
export interface SelectedBackend {
  backend: Backend;
  reason: string;
}

const CHOICES = ['auto', 'native', 'reference'] as const;
const GEMMS = ['auto', 'own', 'openblas'] as const;

let native: SelectedBackend | undefined;
let warned = false;

/**
 * The engine for a choice; CHAINRULE_BACKEND overrides 'auto'. If 'auto' finds no native engine, it falls
 * back to the reference engine and warns the process once.
 *
 * @throws {@link ChainruleError} ERR_BACKEND if 'native' is not available; with 'auto', if the addon of
 * CHAINRULE_ADDON or `useAddon`, or the kernels of CHAINRULE_SIMD, are not
 */
export function selectBackend(choice: BackendName | 'auto'): SelectedBackend {
  const wanted = choice === 'auto' ? environmentChoice() : choice;
  const asker = choice === 'auto' ? `CHAINRULE_BACKEND=${wanted}` : `the option backend: '${wanted}'`;
  if (wanted === 'reference') {
    return { backend: referenceBackend, reason: `the reference engine was asked for by ${asker}` };
  }
  if (nativeEngine === null) return withoutNativeEngine(wanted, asker);
  try {
    native ??= selected(nativeEngine.load());
    return native;
  } catch (cause) {
    const { demand, solutions } = nativeEngine.explain(cause);
    if (demand !== null) throw nativeMissing(demand, cause, solutions);
    if (wanted === 'native') throw nativeMissing(asker, cause, solutions);
    warnOnce(cause, solutions);
    return {
      backend: referenceBackend,
      reason: `the reference engine stands in for the native one: ${inOneLine(messageOf(cause))}`,
    };
  }
}

/**
 * What `gemm: choice` asks of an engine. CHAINRULE_GEMM overrides 'auto' for the native one; the reference
 * engine has no choice.
 *
 * @throws {@link ChainruleError} ERR_OPTION if CHAINRULE_GEMM has another value
 */
export function gemmOf(choice: GemmChoice, backend: Backend): GemmChoice {
  return choice === 'auto' && backend.name === 'native' ? fromEnvironment('CHAINRULE_GEMM', GEMMS) : choice;
}

function selected(backend: Backend): SelectedBackend {
  return { backend, reason: `the native addon ${backend.path ?? 'handed to useAddon'} loaded` };
}

function withoutNativeEngine(wanted: 'auto' | 'native', asker: string): SelectedBackend {
  const missing = `${ENTRY} holds the reference engine alone`;
  if (wanted === 'auto') return { backend: referenceBackend, reason: missing };
  const solutions = ["import from 'chainrule' instead", "use backend 'auto' or 'reference'"];
  throw nativeMissing(asker, new Error(missing), solutions);
}

function environmentChoice(): BackendName | 'auto' {
  return fromEnvironment('CHAINRULE_BACKEND', CHOICES);
}

/** The value of an environment variable; 'auto' if it is not set. */
function fromEnvironment<T extends string>(variable: string, choices: readonly T[]): T | 'auto' {
  const value = process.env[variable];
  if (value === undefined || value === '') return 'auto';
  const choice = choices.find((name) => name === value);
  if (choice === undefined) {
    const expected = choices.map((name) => `'${name}'`).join(', ');
    throw new ChainruleError('ERR_OPTION', `${variable} is '${value}', expected one of ${expected}`);
  }
  return choice;
}

function nativeMissing(asker: string, cause: unknown, solutions: readonly string[]): ChainruleError {
  return new ChainruleError(
    'ERR_BACKEND',
    `the native engine, asked for by ${asker}, cannot be had: ${messageOf(cause)}\n` +
      `Possible solutions:${inLines(solutions)}`,
    { cause },
  );
}

/** Turns a message with a list, one item a line, into part of a sentence. */
function inOneLine(message: string): string {
  return message.replace(/:\n\s*/g, ': ').replace(/\n\s*/g, '; ');
}

function inLines(items: readonly string[]): string {
  return items.map((item) => `\n- ${item}`).join('');
}

function warnOnce(cause: unknown, solutions: readonly string[]): void {
  if (warned) return;
  warned = true;
  process.emitWarning(
    `training with the reference engine, which is many times slower: ${messageOf(cause)}\n` +
      `Possible solutions:${inLines(solutions)}`,
    { type: 'ChainruleWarning', code: 'CHAINRULE_NO_NATIVE' },
  );
}
