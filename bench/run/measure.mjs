/** All cases in turn: their data, their contenders and peaks, and what came of it. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { ownContender, peerContenders, VARIANTS } from '../contenders/list.mjs';
import { writeData } from '../data.mjs';
import { caseRecords, missingRecords, problemRecords } from '../report/records.mjs';
import { judge } from '../report/targets.mjs';
import { title } from '../report/words.mjs';
import { compare } from './compare.mjs';
import { describeMachine } from './machine.mjs';

const { losses: EXPECTED } = JSON.parse(
  readFileSync(new URL('expected-losses.json', import.meta.url), 'utf8'),
);

/** @type {import('./compare.mjs').Plan} */
const FULL = { rounds: 7, roundSeconds: 0.5, slowestStep: 3, checkSeconds: 20, thorough: true };
const QUICK = { rounds: 3, roundSeconds: 0.1, slowestStep: 0.4, checkSeconds: 0.5, thorough: false };

/** @param {import('./options.mjs').Options} options */
export async function measureAll(options) {
  const plan = options.quick ? QUICK : FULL;
  const machine = describeMachine();
  const results = {
    date: new Date().toISOString(),
    machine,
    versions: { node: process.versions.node },
    settings: plan,
    cases: [],
    avx2: [],
    openblas: [],
    bf16x3: [],
    bf16: [],
    missing: options.peers
      .filter((peer) => !peer.isInstalled())
      .map(({ name }) => ({ name, variant: null, why: 'not installed; see npm run bench:peers' })),
    problems: [],
  };
  for (const one of options.cases) {
    process.stderr.write(`${one.name} ...\n`);
    const folder = mkdtempSync(path.join(os.tmpdir(), 'chainrule-bench-'));
    try {
      writeData(folder, one);
      await measureCase(one, folder, options, plan, results);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  machine.loadAfter = os.loadavg()[0];
  return { ...results, targets: judge(results) };
}

async function measureCase(one, folder, options, plan, results) {
  const { threads, peers } = options;
  const groups = Object.fromEntries(
    Object.entries(variantsFor(options)).map(([name, variant]) => [
      name,
      { contenders: threads.map((count) => ownContender(count, variant)), simd: simdOf(variant) },
    ]),
  );
  const others = peers.filter((peer) => peer.isInstalled()).flatMap((peer) => peerContenders(peer, threads));
  const simds = [...new Set(Object.values(groups).map(({ simd }) => simd))];
  const peaks = simds.flatMap((simd) => threads.map((count) => ({ threads: count, simd })));
  const last = groups.chosen.contenders.at(-1);
  const { entries, peaks: rounds } = await compare(one, {
    contenders: [...Object.values(groups).flatMap(({ contenders }) => contenders), ...others],
    peaks,
    expected: EXPECTED[one.name],
    folder,
    plan,
    afterRounds: async ({ entry, worker }) => {
      if (entry.contender === last) entry.extras = await measureExtras(one, worker);
    },
  });
  const of = (contenders) => entries.filter(({ contender }) => contenders.includes(contender));
  const peaksOf = (simd) => (count) => {
    const place = peaks.findIndex((peak) => peak.threads === count && peak.simd === simd);
    return rounds.map((round) => round[place]).filter((peak) => peak !== null);
  };
  const records = (name, beside, base) =>
    name in groups
      ? caseRecords(one, of(groups[name].contenders), beside, peaksOf(groups[name].simd), base)
      : [];
  results.cases.push(...records('chosen', of(others)));
  results.avx2.push(...records('avx2', []));
  const float32 = of(groups.chosen.contenders);
  results.openblas.push(...records('openblas', [], float32));
  for (const name of ['bf16x3', 'bf16']) results[name].push(...records(name, of(others), float32));
  note(one, entries, rounds, results);
}

/**
 * Our engine as it chooses, and what is forced on it for comparison. What the caller forces on the whole run is
 * not forced a second time.
 *
 * @param {Pick<import('./options.mjs').Options, 'quick' | 'gemm'>} options
 * @returns {Record<string, import('../contenders/list.mjs').Variant>}
 */
export function variantsFor({ quick, gemm }, env = process.env) {
  const { chosen, avx2, openblas, bf16x3, bf16 } = VARIANTS;
  const products = gemm ?? (quick || env.CHAINRULE_GEMM ? 'own' : 'openblas');
  return {
    chosen,
    ...(!quick && !env.CHAINRULE_SIMD && { avx2 }),
    ...(products === 'openblas' && { openblas }),
    bf16x3,
    bf16,
  };
}

/** The instruction set whose peaks a variant is measured against, or null for the best. */
function simdOf({ env }) {
  return env?.CHAINRULE_SIMD ?? process.env.CHAINRULE_SIMD ?? null;
}

async function measureExtras(one, worker) {
  const extras = {};
  if (one.target.oneRowMicroseconds) {
    const { microseconds } = await worker.ask('extra', { name: 'oneRow' });
    extras.oneRowMicroseconds = microseconds;
  }
  const { bytes } = await worker.ask('extra', { name: 'memory' });
  return { ...extras, heldBytes: bytes };
}

/** Who has no times and why, and the versions of those who have. */
function note(one, entries, [[peaks]], results) {
  results.problems.push(...problemRecords(one, entries));
  for (const record of missingRecords(entries)) {
    if (!results.missing.some((known) => title(known) === title(record))) results.missing.push(record);
  }
  for (const { contender, version } of entries) if (version) results.versions[contender.name] = version;
  if (peaks?.sgemmGflops) results.versions.sgemm = peaks.blas;
}
