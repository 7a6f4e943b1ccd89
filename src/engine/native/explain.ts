/** Explains why an addon could not be loaded. */

import { type AddonDemand, AddonError } from './addon-error.js';
import { target } from './addon-files.js';

const USE_REFERENCE = "use backend 'reference', which trains without native code, but slower";

const MARK_EXTERNAL =
  'mark chainrule as external in your bundler, so that it runs from node_modules/chainrule; or copy the ' +
  'prebuilds folder of that package beside your bundle';

const SOLUTIONS_OF: Record<AddonDemand, string[]> = {
  CHAINRULE_ADDON: [
    'set CHAINRULE_ADDON to the path of a chainrule.node built for this platform',
    'unset CHAINRULE_ADDON',
    USE_REFERENCE,
  ],
  CHAINRULE_SIMD: [
    'set CHAINRULE_SIMD to an instruction set that this CPU has kernels for',
    'unset CHAINRULE_SIMD',
    USE_REFERENCE,
  ],
  useAddon: [
    'hand useAddon the path of a chainrule.node built for this platform, or what it exports',
    'leave out the call of useAddon',
    USE_REFERENCE,
  ],
};

/** See `NativeEngine`. */
export function explain(error: unknown): { demand: string | null; solutions: string[] } {
  if (!(error instanceof AddonError)) return { demand: null, solutions: generalSolutions(false) };
  const { demand, isForbidden, isBundled } = error;
  if (demand !== null) {
    const asker = demand === 'useAddon' ? demand : `${demand}=${process.env[demand]}`;
    return { demand: asker, solutions: SOLUTIONS_OF[demand] };
  }
  if (isForbidden) {
    const allow = 'start node without --no-addons, or with --allow-addons under --permission';
    return { demand: null, solutions: [allow, USE_REFERENCE] };
  }
  return { demand: null, solutions: generalSolutions(isBundled) };
}

function generalSolutions(isBundled: boolean): string[] {
  return [
    ...(isBundled ? [MARK_EXTERNAL] : []),
    `reinstall chainrule (npm install chainrule) on this machine, so that its binary for ${target()} is there`,
    "run 'npx chainrule doctor', which says what is wrong",
    'set CHAINRULE_ADDON, or call useAddon, with the path of a chainrule.node built for this platform',
    USE_REFERENCE,
  ];
}
