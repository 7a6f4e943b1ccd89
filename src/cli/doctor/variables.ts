/** The environment variables that concern chainrule, and what each does. */

import { nearestName } from '../../options/checks.js';
import type { Variable } from './facts.js';

const ONLY_COMPILED = 'read only when the addon is compiled';

const EFFECTS: Record<string, (value: string) => string> = {
  CHAINRULE_BACKEND: (value) =>
    value === 'auto' ? 'changes nothing' : `asks for the ${value} engine if the option backend is 'auto'`,
  CHAINRULE_SIMD: (value) => `forces the kernels for ${value}`,
  CHAINRULE_GEMM: (value) =>
    value === 'auto'
      ? 'changes nothing'
      : `has products computed by '${value}' where the option gemm is 'auto'`,
  CHAINRULE_PRODUCTS: (value) =>
    value === 'float32'
      ? 'keeps products in float32, whatever the option precision'
      : `has products of less than float32's precision computed by '${value}'`,
  CHAINRULE_ADDON: () => 'the addon to load; no other is tried',
  CHAINRULE_OPENBLAS: () => ONLY_COMPILED,
  CHAINRULE_HIGHWAY: () => ONLY_COMPILED,
  CHAINRULE_PREBUILD: () => ONLY_COMPILED,
  OPENBLAS_CORETYPE: (value) => `forces OpenBLAS's kernels for ${value}`,
  OPENBLAS_NUM_THREADS: () => 'changes nothing: chainrule has its own threads',
  OPENBLAS_VERBOSE: () => 'makes OpenBLAS print what it does',
  OPENBLAS_L2_SIZE: () => 'the cache size that OpenBLAS assumes',
};

const PREFIX = 'CHAINRULE_';
/** Without the common prefix, which would make all names similar. */
const OURS = Object.keys(EFFECTS)
  .filter((name) => name.startsWith(PREFIX))
  .map((name) => name.slice(PREFIX.length));

/** Those that are set; an empty one counts as not set. */
export function variableFacts(env: NodeJS.ProcessEnv = process.env): Variable[] {
  return Object.entries(env)
    .filter(([name, value]) => /^(CHAINRULE|OPENBLAS)_/.test(name) && value !== '')
    .map(([name, value = '']): Variable => {
      const known = { name, value, known: true, meant: null };
      const effect = EFFECTS[name]?.(value);
      if (effect !== undefined) return { ...known, effect };
      if (!name.startsWith(PREFIX)) return { ...known, effect: 'for OpenBLAS alone' };
      const meant = nearestName(name.slice(PREFIX.length), OURS);
      return {
        name,
        value,
        effect: 'changes nothing: chainrule reads no variable of this name',
        known: false,
        meant: meant === undefined ? null : PREFIX + meant,
      };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
