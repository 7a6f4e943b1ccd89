import type { OptimizerSpec } from '../engine/contract.js';
import { type OptimizerOptions, optimizers } from '../engine/kinds.js';
import { defaults } from './defaults.js';
import { checksOfKinds, resolveKind } from './kinds.js';

const fieldsOfKind = checksOfKinds(optimizers);

/** The spec of an optimizer from the `optimizer` option: a kind, an object, or undefined. */
export function resolveOptimizer(value: unknown): OptimizerSpec {
  const given = value === undefined ? {} : value;
  // The table gives each kind its fields, which the compiler cannot follow.
  return resolveKind(
    given,
    'optimizer',
    'an optimizer',
    fieldsOfKind,
    defaults.optimizerKind,
  ) as unknown as OptimizerSpec;
}

/** The options from which `resolveOptimizer` makes this spec. */
export function describeOptimizer(spec: OptimizerSpec): OptimizerOptions {
  return { ...spec };
}
