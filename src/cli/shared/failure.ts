/** How the program fails: a message for a person, and an exit status. */

import { ChainruleError, messageOf } from '../../error.js';
import { harmless } from './messages.js';

/** Exit statuses, beside 0. */
export const FAILED = 1;
export const WRONG_USAGE = 2;

/** The arguments do not go together, or not with each other: exit status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Whether an error has a message for people. By name: errors that only stop this program are named alike. */
export function isForPeople(error: unknown): error is Error {
  return error instanceof Error && (error.name === 'ChainruleError' || error.name === 'UsageError');
}

/** What the library throws for an option becomes an error about the arguments. */
export function asUsage<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (isForPeople(error) && (error as ChainruleError).code === 'ERR_OPTION') {
      throw new UsageError(error.message, { cause: error });
    }
    throw error;
  }
}

/**
 * Names the file in what the library says about its rows.
 *
 * @param other - what messages may be about besides
 */
export async function inFile<T>(path: string, work: () => Promise<T>, other?: string): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isForPeople(error) || [path, other].some((name) => name && error.message.includes(name)))
      throw error;
    const { code, message } = error as ChainruleError;
    // 'rows lacks the column ...' is about all of them.
    const sentence = message.startsWith('rows ') ? message.slice('rows'.length) : `: ${message}`;
    throw new ChainruleError(code ?? 'ERR_DATA', `${path}${sentence}`, { cause: error });
  }
}

/** What is printed about an error. Anything but our own errors is a fault of this program. */
export function describeError(error: unknown, env: NodeJS.ProcessEnv): string {
  const wantsStack = Boolean(env.CHAINRULE_DEBUG);
  const stack = error instanceof Error ? error.stack : undefined;
  if (isForPeople(error)) return wantsStack && stack ? stack : harmless(error.message);
  if (wantsStack && stack) return stack;
  return `unexpected error: ${harmless(messageOf(error))}\nThis is a fault of chainrule. CHAINRULE_DEBUG=1 prints where it comes from.`;
}
