/** All cases in turn: their data, their contenders and peaks, and what came of it. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { ownContender, peerContenders } from '../contenders/list.mjs';
import { writeData } from '../data.mjs';
import { caseRecords, problemRecords } from '../report/records.mjs';
import { judge } from '../report/targets.mjs';
import { compare } from './compare.mjs';
import { describeMachine } from './machine.mjs';

const { losses: EXPECTED } = JSON.parse(
  readFileSync(new URL('expected-losses.json', import.meta.url), 'utf8'),
);

/** @type {import('./compare.mjs').Plan} */
const FULL = { rounds: 7, roundSeconds: 0.5, slowestStep: 3, checkSeconds: 20 };
const QUICK = { rounds: 3, roundSeconds: 0.1, slowestStep: 0.4, checkSeconds: 0.5 };

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
    missing: options.peers.filter((peer) => !peer.isInstalled()).map(({ name }) => name),
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

async function measureCase(one, folder, { threads, peers, quick }, plan, results) {
  const forced =
    quick || process.env.CHAINRULE_SIMD ? [] : threads.map((count) => ownContender(count, 'AVX2'));
  const own = threads.map((count) => ownContender(count));
  const others = peers.filter((peer) => peer.isInstalled()).flatMap((peer) => peerContenders(peer, threads));
  const peaks = [process.env.CHAINRULE_SIMD ?? null, ...(forced.length > 0 ? ['AVX2'] : [])].flatMap((simd) =>
    threads.map((count) => ({ threads: count, simd })),
  );
  const { entries, peaks: rounds } = await compare(one, {
    contenders: [...own, ...forced, ...others],
    peaks,
    expected: EXPECTED[one.name],
    folder,
    plan,
    afterRounds: async ({ entry, worker }) => {
      if (entry.contender !== own.at(-1)) return;
      entry.extras = {};
      if (one.target.oneRowMicroseconds) {
        const { microseconds } = await worker.ask('extra', { name: 'oneRow' });
        entry.extras.oneRowMicroseconds = microseconds;
      }
      const { bytes } = await worker.ask('extra', { name: 'memory' });
      entry.extras.heldBytes = bytes;
    },
  });
  const of = (contenders) => entries.filter(({ contender }) => contenders.includes(contender));
  const peaksOf = (simd) => (count) => {
    const place = peaks.findIndex((peak) => peak.threads === count && peak.simd === simd);
    return rounds.map((round) => round[place]).filter((peak) => peak !== null);
  };
  const [chosen, avx2 = null] = [...new Set(peaks.map(({ simd }) => simd))];
  results.cases.push(...caseRecords(one, of(own), of(others), peaksOf(chosen)));
  results.avx2.push(...caseRecords(one, of(forced), [], peaksOf(avx2)));
  results.problems.push(...problemRecords(one, entries));
  for (const { contender, version } of entries) if (version) results.versions[contender.name] = version;
  const [peak] = rounds[0];
  if (peak?.sgemmGflops) results.versions.sgemm = peak.blas;
}
