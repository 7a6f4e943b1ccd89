/** The command line of the benchmark on tables. */

import { parseArgs } from 'node:util';
import { DEFAULT_FOLDER } from './folder.mjs';
import { PEERS } from './peers.mjs';

export const USAGE = `usage: npm run bench:tables -- [options]

  --tables FOLDER  manifest.json, data/, splits/ and results.json; the default is
                   ${DEFAULT_FOLDER}
  --sets LIST      some sets, e.g. wine,ames; the default is all
  --repeats N      at most N repeats of each set; the default is all
  --members N      networks in each model; the default is the estimators' own
  --threads N      threads of each model; the default is the estimators' own
  --quick          one repeat of the sets that have at most 3000 rows
  --json FILE      write the results to FILE
  --save           write results and tables to bench/results/, named by date and CPU
  --peers LIST     run some of ${Object.keys(PEERS).join(',')} live on the same splits
                   (node bench/tables/install-peers.mjs)
  --estimators M   a module that exports MLPClassifier and MLPRegressor, instead of chainrule's, e.g.
                   bench/tables/baseline.mjs, which always predicts the most frequent class or the mean
`;

/**
 * @typedef {object} Options
 * @property {string | null} tables
 * @property {string[] | null} sets
 * @property {number} repeats
 * @property {number | null} members
 * @property {number | null} threads
 * @property {number} maxRows
 * @property {string | null} json
 * @property {boolean} save
 * @property {string[]} peers
 * @property {string | null} estimators
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
      tables: { type: 'string' },
      sets: { type: 'string' },
      repeats: { type: 'string' },
      members: { type: 'string' },
      threads: { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      save: { type: 'boolean', default: false },
      peers: { type: 'string', default: 'none' },
      estimators: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  const { tables = null, json = null, estimators = null, save, quick } = values;
  if (save && estimators !== null) throw new Error('--save is for the estimators of chainrule, use --json');
  return {
    tables,
    json,
    estimators,
    save,
    sets: values.sets?.split(',') ?? null,
    repeats: count('repeats', values.repeats) ?? (quick ? 1 : Number.POSITIVE_INFINITY),
    members: count('members', values.members),
    threads: count('threads', values.threads),
    maxRows: quick ? 3000 : Number.POSITIVE_INFINITY,
    peers: peersNamed(values.peers),
  };
}

function count(name, text) {
  if (text === undefined) return null;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`--${name} is '${text}', expected a whole number above 0`);
  return value;
}

function peersNamed(list) {
  if (list === 'none') return [];
  return list.split(',').map((name) => {
    if (!Object.hasOwn(PEERS, name)) {
      throw new Error(`--peers has '${name}', expected some of ${Object.keys(PEERS).join(', ')}, or none`);
    }
    return name;
  });
}

/**
 * The sets that are asked for, in the order of the manifest.
 *
 * @param {import('./folder.mjs').SetEntry[]} entries
 * @param {Pick<Options, 'sets' | 'maxRows'>} options
 */
export function chosenSets(entries, { sets, maxRows }) {
  const names = entries.map(({ name }) => name);
  const unknown = sets?.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new Error(`--sets has '${unknown}', expected some of ${names.join(', ')}`);
  return entries.filter(({ name, rows }) => (sets ? sets.includes(name) : rows <= maxRows));
}
