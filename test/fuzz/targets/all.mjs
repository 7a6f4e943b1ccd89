import { importTargets } from './imports.mjs';
import { modelTargets } from './model.mjs';
import { rowTargets } from './rows.mjs';

/** Every parser that reads what others may have made: `{ name, seeds, mutate, run(bytes, folder, seed) }`. */
export function allTargets(chainrule) {
  return [...modelTargets(chainrule), ...importTargets(chainrule), ...rowTargets(chainrule)];
}
