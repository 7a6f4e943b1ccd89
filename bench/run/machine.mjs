/** The machine that the numbers come from. */

import os from 'node:os';
import process from 'node:process';

export function describeMachine() {
  const [{ model }] = os.cpus();
  return {
    cpu: model.trim(),
    cores: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    system: `${os.type()} ${os.release()} ${process.arch}`,
    /** Processes that wanted a core in the last minute: above 0 if the machine had other work. */
    loadBefore: os.loadavg()[0],
  };
}

/** A file name without its extension, e.g. '2026-11-22-amd-epyc-2-cores'. */
export function resultName(date, { cpu, cores }) {
  const words = cpu
    .toLowerCase()
    .replaceAll(/\((r|tm)\)/g, '')
    .match(/[a-z0-9.]+/g);
  return [date.toISOString().slice(0, 10), ...words, cores, cores === 1 ? 'core' : 'cores'].join('-');
}
