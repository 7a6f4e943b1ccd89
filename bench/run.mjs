#!/usr/bin/env node
/**
 * The benchmark: `npm run bench -- --help`. Whole training steps of chainrule and of other programs that train
 * such networks, case by case, beside the peak of sgemm on the same threads in the same run.
 */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { chart } from './chart.mjs';
import { compare } from './compare.mjs';
import { ownContender, peerContenders } from './contenders.mjs';
import { writeData } from './data.mjs';
import { describeMachine, resultName } from './machine.mjs';
import { parseOptions, USAGE } from './options.mjs';
import { report } from './report.mjs';
import { caseRecords, problemRecords } from './results.mjs';
import { judge } from './targets.mjs';

const RESULTS = fileURLToPath(new URL('results', import.meta.url));
const { losses: EXPECTED } = JSON.parse(
  readFileSync(new URL('expected-losses.json', import.meta.url), 'utf8'),
);

/** @type {import('./compare.mjs').Plan} */
const FULL = { rounds: 7, roundSeconds: 0.5, slowestStep: 3, checkSeconds: 20 };
const QUICK = { rounds: 3, roundSeconds: 0.1, slowestStep: 0.4, checkSeconds: 0.5 };

/** @param {import('./options.mjs').Options} options */
async function measureAll(options) {
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
  if (peak !== null) results.versions.sgemm = peak.blas;
}

function write(results, { json, chart: chartFile, save }) {
  const texts = {
    json: `${JSON.stringify(results, null, 2)}\n`,
    svg: chart(results),
    md: report(results),
  };
  if (json) writeFileSync(json, texts.json);
  if (chartFile) writeFileSync(chartFile, texts.svg);
  if (!save) return;
  mkdirSync(RESULTS, { recursive: true });
  const name = path.join(RESULTS, resultName(new Date(results.date), results.machine));
  for (const [ending, text] of Object.entries(texts)) writeFileSync(`${name}.${ending}`, text);
  console.log(`written: ${name}.json, .md, .svg`);
}

/** Exits with status 1 if our own engine has no times, 2 for options that are not understood. */
async function main() {
  let options;
  try {
    options = parseOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`bench: ${error.message}\n\n${USAGE}`);
    return 2;
  }
  if (options === null) {
    console.log(USAGE);
    return 0;
  }
  const results = await measureAll(options);
  console.log(report(results));
  write(results, options);
  return results.problems.some(({ name }) => name === 'chainrule') ? 1 : 0;
}

process.exitCode = await main();
