/** Recognises objects of other realms too (a frame, a vm context, a test runner's), which `instanceof` does not. */

import { types } from 'node:util';

export const isDate = (value: unknown): value is Date => types.isDate(value);

export const isMap = (value: unknown): value is ReadonlyMap<unknown, unknown> => types.isMap(value);
