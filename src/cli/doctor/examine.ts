/** Gathers all facts: about the machine, and from the check in a separate process. */

import process from 'node:process';
import { VERSION } from '../../version.js';
import { PACKAGE_FOLDER } from '../package-folder.js';
import { type AddonFacts, type CheckEnd, type Facts, type Rescue, STAGES, type Stage } from './facts.js';
import { cpuFacts, runtimeFacts, systemFacts, threadFacts } from './machine.js';
import { type CheckOptions, type CheckOutcome, runCheck } from './run-check.js';
import { variableFacts } from './variables.js';

/** What shows that native code works. */
const NATIVE_STAGES: readonly Stage[] = ['addon', 'engine', 'training'];

export async function examine(timeLimit: number): Promise<Facts> {
  const { env } = process;
  const referenceWanted = env.CHAINRULE_BACKEND === 'reference';
  // A user of the reference engine may have no other choice, so native code gets its own process.
  const stages = referenceWanted ? STAGES.filter((stage) => stage !== 'addon') : STAGES;
  const chosen = await runCheck(stages, { env, timeLimit });
  const { CHAINRULE_BACKEND: _, ...withoutChoice } = env;
  const native = referenceWanted ? await runCheck(NATIVE_STAGES, { env: withoutChoice, timeLimit }) : null;
  const withAddon = native ?? chosen;
  const rescues = await tryRescues(withAddon, { env: withoutChoice, timeLimit });
  return {
    chainrule: { version: VERSION, folder: PACKAGE_FOLDER },
    runtime: runtimeFacts(),
    system: systemFacts(),
    ...machineFacts(withAddon, chosen),
    variables: variableFacts(env),
    engine: {
      name: chosen.found.engine?.name ?? null,
      reason: chosen.found.engine?.reason ?? null,
      failure: chosen.failed.engine ?? null,
      referenceWanted,
    },
    addon: withAddon.found.addon ?? null,
    addonFailure: withAddon.failed.addon ?? null,
    training: {
      chosen: chosen.found.training ?? null,
      reference: chosen.found.reference?.training ?? null,
    },
    speed: { chosen: chosen.found.speed ?? null, reference: chosen.found.reference?.speed ?? null },
    failures: (['reference', 'training', 'speed'] as const).flatMap((stage) => {
      const failure = chosen.failed[stage];
      return failure === undefined ? [] : [{ stage, failure }];
    }),
    check: chosen.end,
    nativeCheck: native?.end ?? null,
    rescues,
  };
}

/** What the addon says if it loads: it chooses its kernels by that. */
function machineFacts(withAddon: CheckOutcome, chosen: CheckOutcome): Pick<Facts, 'cpu' | 'threads'> {
  const { addon } = withAddon.found;
  const cpu = cpuFacts();
  if (addon?.cpuFeatures) {
    cpu.features = addon.cpuFeatures;
    cpu.featuresDisabled = addon.cpuFeaturesDisabled;
    cpu.source = 'addon';
  }
  const threads = { ...threadFacts(), used: chosen.found.engine?.threads ?? null };
  threads.usable = addon?.usableCores ?? threads.usable;
  return { cpu, threads };
}

/** After a crash: tries which variable helps, least loss first. Only a remedy that was tried is sure to work. */
async function tryRescues({ found, end }: CheckOutcome, options: CheckOptions): Promise<Rescue[]> {
  if (end.how !== 'crashed') return [];
  const tried: Rescue[] = [];
  for (const { variable, value } of rescuesFor(found.addon, end, options.env)) {
    // spawn ignores undefined variables.
    const env = { ...options.env, [variable]: value ?? undefined };
    const { failed, end: after } = await runCheck(NATIVE_STAGES, { ...options, env });
    const works = after.how === 'finished' && Object.keys(failed).length === 0;
    tried.push({ variable, value, works });
    if (works) break;
  }
  return tried;
}

function rescuesFor(
  addon: AddonFacts | undefined,
  { signal }: CheckEnd,
  env: NodeJS.ProcessEnv,
): Omit<Rescue, 'works'>[] {
  const set = ['OPENBLAS_CORETYPE', 'CHAINRULE_SIMD'].filter((variable) => env[variable]);
  const rescues: Omit<Rescue, 'works'>[] = set.map((variable) => ({ variable, value: null }));
  const sets = addon?.instructionSets ?? [];
  const lower = sets.slice(sets.indexOf(addon?.simd ?? '') + 1);
  rescues.push(...lower.map((value) => ({ variable: 'CHAINRULE_SIMD', value })));
  const illegal = signal === 'SIGILL' || signal === 'ILLEGAL_INSTRUCTION';
  // OpenBLAS may have misidentified the CPU; these kernels run on every x86-64.
  if (illegal && process.arch === 'x64') rescues.push({ variable: 'OPENBLAS_CORETYPE', value: 'Prescott' });
  return rescues;
}
