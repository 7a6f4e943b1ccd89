/** Options that have kinds: `{ kind, ...fields }`, or just the kind's name for its defaults. */

import type { Field, Held } from '../engine/kinds.js';
import { ChainruleError, show } from '../error.js';
import {
  boolean,
  type Check,
  fraction,
  innerFractions,
  nonNegative,
  nullable,
  oneOf,
  optional,
  optionsObject,
  positiveFloat,
  unexpected,
} from './checks.js';

/** The fields of each kind and their checks; a check made by `withDefault` makes its field optional. */
export type FieldsOfKind<K extends string> = Record<K, Record<string, Check<unknown>>>;

/** A check that returns `fallback` if nothing is given. */
export function withDefault<T>(check: Check<T>, fallback: T): Check<T> {
  return (value, name) => optional(value, name, check, fallback);
}

const checks: Record<Held, Check<unknown>> = {
  positive: positiveFloat,
  nonNegative,
  fraction,
  positiveOrNull: nullable(positiveFloat),
  boolean,
  innerFractions,
};

/** The checks of kinds by their descriptors. */
export function checksOfKinds<K extends string>(
  kinds: Readonly<Record<K, { fields: object }>>,
): FieldsOfKind<K> {
  const checksOf = (fields: object) =>
    Object.entries<Field>(fields as Record<string, Field>).map(([name, field]) => [
      name,
      field.default === undefined ? checks[field.holds] : withDefault(checks[field.holds], field.default),
    ]);
  const entries = Object.entries<{ fields: object }>(kinds).map(([kind, { fields }]) => [
    kind,
    Object.fromEntries(checksOf(fields)),
  ]);
  return Object.fromEntries(entries);
}

/**
 * Checks an option that has kinds and returns its kind with exactly that kind's fields. Refuses a field of
 * another kind, since it would do nothing.
 *
 * @param name of the option, for messages
 * @param what it is, e.g. 'an optimizer'
 * @param fallback the kind of an object without a `kind`; without a fallback, `kind` is required
 */
export function resolveKind<K extends string>(
  value: unknown,
  name: string,
  what: string,
  fieldsOfKind: FieldsOfKind<K>,
  fallback?: K,
): { kind: K } & Record<string, unknown> {
  const kindName = oneOf(Object.keys(fieldsOfKind) as K[]);
  if (typeof value === 'string') {
    return resolveKind({ kind: kindName(value, name) }, name, what, fieldsOfKind);
  }
  if (typeof value !== 'object') throw unexpected(name, value, `the name of ${what} or an object`);

  const allFields = new Set(Object.values<Record<string, unknown>>(fieldsOfKind).flatMap(Object.keys));
  const options = optionsObject(value, ['kind', ...allFields], name);
  const kind = kindName(options.kind === undefined ? fallback : options.kind, `${name}.kind`);
  const fields = fieldsOfKind[kind];
  for (const key of Object.keys(options)) {
    if (key !== 'kind' && !Object.hasOwn(fields, key) && options[key] !== undefined) {
      const takes = Object.keys(fields).join(', ') || 'no options';
      throw new ChainruleError(
        'ERR_OPTION',
        `option ${show(key)} does not go with ${name} ${show(kind)}, which takes ${takes}`,
      );
    }
  }
  const resolved: { kind: K } & Record<string, unknown> = { kind };
  for (const [field, check] of Object.entries(fields)) {
    Object.assign(resolved, { [field]: check(options[field], `${name}.${field}`) });
  }
  return resolved;
}
