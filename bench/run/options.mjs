/** The command line of the benchmark. */

import { parseArgs } from 'node:util';
import { CASES, findCases } from '../cases.mjs';
import { KNOWN_PEERS } from '../contenders/list.mjs';

export const USAGE = `usage: npm run bench -- [options]

  --quick          about two minutes: fewer and shorter rounds, no slow peers, no instruction set forced on us
  --json FILE      write the results to FILE
  --chart FILE     write an SVG chart of the fractions of the peak to FILE
  --save           write results, tables and chart to bench/results/, named by date and CPU
  --case NAME      one case: ${CASES.map(({ name }) => name).join(', ')}
  --threads LIST   numbers of threads, e.g. 1,2 (the default)
  --gemm WHO       openblas: also time chainrule with its products by OpenBLAS (the default without
                   --quick); own: do not
  --peers LIST     some of ${KNOWN_PEERS.map(({ name }) => name).join(',')}, or none; the default is all
                   that are installed (npm run bench:peers)
`;

/**
 * @typedef {object} Options
 * @property {boolean} quick
 * @property {boolean} save
 * @property {string | null} json
 * @property {string | null} chart
 * @property {'own' | 'openblas' | null} gemm whether OpenBLAS's products are timed as well; null where not said
 * @property {import('../cases.mjs').Case[]} cases
 * @property {number[]} threads in rising order
 * @property {import('../contenders/list.mjs').Peer[]} peers that are asked for, installed or not
 */

/**
 * @param {string[]} args
 * @returns {Options | null} null if help is requested
 * @throws {Error} for arguments that are not understood
 */
export function parseOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      chart: { type: 'string' },
      save: { type: 'boolean', default: false },
      case: { type: 'string' },
      threads: { type: 'string', default: '1,2' },
      gemm: { type: 'string' },
      peers: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  const { quick, save, json = null, chart = null } = values;
  return {
    quick,
    save,
    json,
    chart,
    gemm: gemmNamed(values.gemm ?? null),
    cases: casesNamed(values.case ?? null),
    threads: threadCounts(values.threads),
    peers: peersNamed(values.peers ?? null),
  };
}

function gemmNamed(name) {
  if (![null, 'own', 'openblas'].includes(name))
    throw new Error(`--gemm is '${name}', expected own or openblas`);
  return name;
}

function casesNamed(name) {
  const cases = findCases(name);
  if (cases.length === 0) {
    throw new Error(`--case is '${name}', expected one of ${CASES.map((one) => `'${one.name}'`).join(', ')}`);
  }
  return cases;
}

function threadCounts(list) {
  const counts = list.split(',').map(Number);
  if (!counts.every((count) => Number.isInteger(count) && count >= 1)) {
    throw new Error(`--threads is '${list}', expected whole numbers above 0, e.g. 1,2`);
  }
  return [...new Set(counts)].sort((a, b) => a - b);
}

function peersNamed(list) {
  if (list === null) return KNOWN_PEERS;
  if (list === 'none') return [];
  return list.split(',').map((name) => {
    const peer = KNOWN_PEERS.find((known) => known.name === name);
    if (!peer) {
      const names = KNOWN_PEERS.map((known) => known.name).join(', ');
      throw new Error(`--peers has '${name}', expected some of ${names}, or none`);
    }
    return peer;
  });
}
