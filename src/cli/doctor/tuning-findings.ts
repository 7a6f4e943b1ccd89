/** What works, but not as well as it could; and what variables ask for. */

import type { Facts, Finding } from './facts.js';

/** Highway's targets that compute one number at a time. */
const WITHOUT_VECTORS = ['SCALAR', 'EMU128'];

/** If nothing is wrong, the native engine is 12 to 49 times as fast as the reference engine. */
const LEAST_GAIN = 4;

export function cpuFindings({ addon, cpu, system, variables }: Facts): Finding[] {
  const findings: Finding[] = [];
  const disabled = (cpu.featuresDisabled ?? []).filter((name) => /^(avx|fma)/.test(name));
  if (disabled.length > 0) {
    findings.push({
      severity: 'warning',
      message: `The CPU has ${disabled.join(', ')}, but the system has not enabled it, which makes training slower.`,
      remedies: ['Enable it in the settings of the virtual machine, the hypervisor or the kernel.'],
    });
  }
  const best = addon?.instructionSets?.[0];
  const forced = variables.find(({ name }) => name === 'CHAINRULE_SIMD')?.value;
  if (addon?.simd != null && best !== undefined && forced !== undefined && addon.simd !== best) {
    findings.push({
      severity: 'warning',
      message: `CHAINRULE_SIMD=${forced} keeps chainrule from the best kernels for this CPU, ${best}.`,
      remedies: ['Unset CHAINRULE_SIMD, unless it is set for a reason.'],
    });
  } else if (addon?.simd != null && WITHOUT_VECTORS.includes(addon.simd)) {
    const x86 = system.arch === 'x64';
    findings.push({
      severity: 'warning',
      message: `There are no vector kernels for this CPU${x86 ? ', which lacks SSSE3' : ''}; training is slow.`,
      remedies: x86 ? ["In a virtual machine choose the host's CPU model, e.g. QEMU's `-cpu host`."] : [],
    });
  }
  return findings;
}

export function threadFindings({ threads }: Facts): Finding[] {
  const { cores, affinity, quota, usable } = threads;
  if (usable >= cores) return [];
  const causes = [
    ...(affinity !== null && affinity < cores ? [`the affinity mask allows ${affinity}`] : []),
    ...(quota !== null && quota < cores ? [`the cgroup's quota allows ${quota}`] : []),
  ];
  const why = causes.length === 0 ? '' : `: ${causes.join(', ')}`;
  return [
    { severity: 'note', message: `chainrule may use ${usable} of ${cores} cores${why}.`, remedies: [] },
  ];
}

export function speedFindings({ engine, speed }: Facts): Finding[] {
  if (engine.name !== 'native' || speed.chosen === null || speed.reference === null) return [];
  const gain = speed.chosen.samplesPerSecond / speed.reference.samplesPerSecond;
  if (gain >= LEAST_GAIN) {
    const message = `The native engine trains ${Math.round(gain)} times as fast as the reference engine.`;
    return [{ severity: 'ok', message, remedies: [] }];
  }
  return [
    {
      severity: 'warning',
      message: `The native engine is only ${gain.toFixed(1)} times as fast as the reference engine; 12 or more is usual.`,
      remedies: ['Run it again when the machine is idle; a container may share its cores with others.'],
    },
  ];
}

export function variableFindings({ variables, addon }: Facts): Finding[] {
  const unknown = variables
    .filter(({ known }) => !known)
    .map(
      ({ name, meant }): Finding => ({
        severity: 'warning',
        message: `${name} is set, but chainrule reads no variable of this name.`,
        remedies: [meant === null ? 'Unset it.' : `Did you mean ${meant}?`],
      }),
    );
  const forced = variables
    .filter(({ name }) => name === 'OPENBLAS_CORETYPE')
    .filter(() => addon?.gemm === 'openblas')
    .map(
      ({ name, value }): Finding => ({
        severity: 'note',
        message: `${name}=${value} forces OpenBLAS's kernels, which compute the products here.`,
        remedies: [],
      }),
    );
  return [...unknown, ...forced];
}
