import { expect } from 'vitest';

import { ChainruleError, type ErrorCode } from '../src/error.js';

/** Expects `action` to throw a ChainruleError with this code and a message that contains `part`. */
export function expectError(action: () => unknown, code: ErrorCode, part: string | RegExp): void {
  let thrown: unknown;
  try {
    action();
  } catch (error) {
    thrown = error;
  }
  checkError(thrown, code, part);
}

/** The same for a promise, which must reject. */
export async function expectRejection(
  promise: Promise<unknown>,
  code: ErrorCode,
  part: string | RegExp,
): Promise<ChainruleError> {
  const thrown: unknown = await promise.then(
    () => undefined,
    (error) => error,
  );
  checkError(thrown, code, part);
  return thrown as ChainruleError;
}

function checkError(thrown: unknown, code: ErrorCode, part: string | RegExp): void {
  expect(thrown).toBeInstanceOf(ChainruleError);
  const { code: came, message } = thrown as ChainruleError;
  expect({ code: came, message }).toEqual({
    code,
    message: typeof part === 'string' ? expect.stringContaining(part) : expect.stringMatching(part),
  });
}
