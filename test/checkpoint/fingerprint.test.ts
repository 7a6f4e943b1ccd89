import { expect, it } from 'vitest';
import { checkFingerprint } from '../../src/checkpoint/fingerprint.js';
import { expectError } from '../errors.js';

const fit = (value: string, options: number) =>
  Object.fromEntries(Array.from({ length: options }, (_, i) => [`option${i}`, `${value}${i}`]));

it('a fit that differs in everything is told in a message that can be read', () => {
  const epochs = { own: 3, saved: 3 };
  expectError(
    () => checkFingerprint(fit('a', 2), fit('b', 2), 'file', epochs),
    'ERR_OPTION',
    /continue: option0 is "a0" here and "b0" there; option1 is "a1" here and "b1" there$/,
  );
  const [long, other] = ['a'.repeat(1000), 'b'.repeat(1000)];
  let message = '';
  try {
    checkFingerprint(fit(long, 100), fit(other, 100), 'file', epochs);
  } catch (error) {
    ({ message } = error as Error);
  }
  expect(message.length).toBeLessThan(750);
  expect(message).toMatch(/continue: option0 is "aaa.*; 97 more differ$/);
});
