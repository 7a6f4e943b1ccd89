#!/usr/bin/env node
/**
 * The benchmark of the estimators: `npm run bench:tables -- --help`. It trains them on the fixed splits of a
 * folder of tables, with nothing set, and compares them with what other tools reached on the same splits.
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describeMachine, resultName } from '../run/machine.mjs';
import { openFolder, readSet } from './folder.mjs';
import { measureSet } from './measure.mjs';
import { chosenSets, parseOptions, USAGE } from './options.mjs';
import { runPeer } from './peers.mjs';
import { report } from './report.mjs';
import { judge, OWN } from './targets.mjs';

const RESULTS = fileURLToPath(new URL('../results', import.meta.url));

/** The estimators to measure and what they call themselves. */
async function load(name) {
  if (name !== null) return { estimators: await import(pathToFileURL(name).href), version: name };
  const estimators = await import('chainrule');
  const { version } = createRequire(import.meta.url)('chainrule/package.json');
  for (const wanted of ['MLPClassifier', 'MLPRegressor']) {
    if (!estimators[wanted]) throw new Error(`chainrule ${version}, as built in dist/, exports no ${wanted}`);
  }
  return { estimators, version: `chainrule ${version}` };
}

/** Options of the estimators beside the seed: only what was asked for. */
function modelOptions({ members, threads }) {
  return { ...(members !== null && { members }), ...(threads !== null && { threads }) };
}

/** What stands at the head of our column. */
function labelOf({ estimators }) {
  return estimators === null ? OWN : path.basename(estimators, '.mjs');
}

async function measureAll(options, { folder, recorded, entries }, { estimators, version }) {
  const machine = describeMachine();
  const results = {
    date: new Date().toISOString(),
    machine,
    settings: {
      members: options.members,
      threads: options.threads,
      repeats: Number.isFinite(options.repeats) ? options.repeats : null,
      estimators: options.estimators,
    },
    tools: { [OWN]: { label: labelOf(options), version }, ...recorded.tools },
    entries: entries.map(({ name, task, rows, targetStd, split }) => ({
      name,
      task,
      rows,
      targetStd,
      split,
    })),
    sets: {},
    problems: [],
  };
  const settings = { repeats: options.repeats, options: modelOptions(options) };
  for (const entry of entries) {
    const { record, problems } = await measureOne(estimators, folder, entry, settings);
    results.problems.push(...problems.map((problem) => ({ tool: OWN, ...problem })));
    results.sets[entry.name] = { ...(record && { [OWN]: record }), ...recorded.sets[entry.name] };
    console.error(`${entry.name}: ${progress(record, problems)}`);
    // What is measured so far, should the next set end the process.
    if (options.json) writeFileSync(options.json, jsonOf(results));
  }
  for (const name of options.peers) await runPeer(name, folder, { entries, results }, options);
  machine.loadAfter = describeMachine().loadBefore;
  return { ...results, targets: judge(results) };
}

async function measureOne(estimators, folder, entry, settings) {
  try {
    return await measureSet(estimators, entry, readSet(folder, entry), settings);
  } catch (error) {
    return { record: null, problems: [{ set: entry.name, repeat: null, problem: error.message }] };
  }
}

function progress(record, problems) {
  const failed = problems.length > 0 ? [`${problems.length} failed, first: ${problems[0].problem}`] : [];
  if (!record) return failed.join();
  const values = Object.entries(record.mean).map(([name, value]) => `${name} ${value.toPrecision(4)}`);
  return [...values, `${record.fitWallSeconds.toPrecision(3)} s a fit`, ...failed].join(', ');
}

function jsonOf(results) {
  return `${JSON.stringify(results, null, 1)}\n`;
}

function write(results, { json, save, members }) {
  if (json) writeFileSync(json, jsonOf(results));
  if (!save) return;
  mkdirSync(RESULTS, { recursive: true });
  const ending = members === null ? 'tables' : `tables-members-${members}`;
  const name = path.join(RESULTS, `${resultName(new Date(results.date), results.machine)}-${ending}`);
  writeFileSync(`${name}.json`, jsonOf(results));
  writeFileSync(`${name}.md`, report(results));
  console.log(`written: ${name}.json, .md`);
}

/** What the options ask for: the sets of a folder, and the estimators. */
async function prepare(options) {
  const { folder, sets, recorded } = openFolder(options.tables);
  return [{ folder, recorded, entries: chosenSets(sets, options) }, await load(options.estimators)];
}

/** Ends with status 1 where one of our own models failed, 2 where what was asked for is not there. */
async function main() {
  let options;
  let prepared;
  try {
    options = parseOptions(process.argv.slice(2));
    if (options === null) {
      console.log(USAGE);
      return 0;
    }
    prepared = await prepare(options);
  } catch (error) {
    console.error(`bench:tables: ${error.message} (--help lists the options)`);
    return 2;
  }
  const results = await measureAll(options, ...prepared);
  console.log(report(results));
  write(results, options);
  return results.problems.some(({ tool }) => tool === OWN) ? 1 : 0;
}

process.exitCode = await main();
