#!/usr/bin/env node
/**
 * Makes the package as it is published, tries it on this machine, publishes it.
 *
 *     node scripts/tarball.mjs pack                  to out/package/chainrule.tgz
 *     node scripts/tarball.mjs try                   installs it in an empty folder and runs doctor
 *     node scripts/tarball.mjs publish [--dry-run]   checks version and changelog first
 */

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { isMain, ROOT } from './process.mjs';

const FOLDER = path.join(ROOT, 'out/package');
const TARBALL = path.join(FOLDER, 'chainrule.tgz');

/** On Windows npm is a script, which only a shell can start. */
function npm(args, options) {
  return execFileSync('npm', args, { encoding: 'utf8', shell: process.platform === 'win32', ...options });
}

function pack() {
  mkdirSync(FOLDER, { recursive: true });
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', FOLDER];
  const [{ filename, size, files }] = JSON.parse(npm(args, { cwd: ROOT }));
  renameSync(path.join(FOLDER, filename), TARBALL);
  console.log(`${path.relative(process.cwd(), TARBALL)}  ${(size / 1e6).toFixed(2)} MB`);
  if (files.some(({ path: file }) => file.endsWith('.node'))) return;
  console.log('It has no binaries, so it trains on the reference engine; to have them: npm run prebuild:all');
}

/** doctor trains a network, compares it with the reference engine and exits with 1 if something is wrong. */
function tryIt() {
  const app = mkdtempSync(path.join(tmpdir(), 'chainrule-try-'));
  try {
    writeFileSync(path.join(app, 'package.json'), '{ "private": true }');
    npm(['install', '--ignore-scripts', '--no-audit', '--no-fund', TARBALL], { cwd: app });
    const doctor = path.join(app, 'node_modules/chainrule/dist/cli.js');
    execFileSync(process.execPath, [doctor, 'doctor'], { cwd: app, stdio: 'inherit' });
  } finally {
    rmSync(app, { recursive: true, force: true });
  }
}

/**
 * The reasons not to publish.
 *
 * @param {{ version: string, repository?: unknown }} manifest package.json
 * @param {string} changelog
 * @param {string | undefined} tag that the release is made for
 * @returns {string[]}
 */
export function checkRelease({ version, repository }, changelog, tag) {
  const problems = [];
  if (repository === undefined) {
    problems.push('package.json names no repository, without which npm accepts no provenance');
  }
  if (tag !== undefined && tag !== `v${version}`) {
    problems.push(`the tag is ${tag}, but package.json has version ${version}`);
  }
  const heading = changelog.split('\n').find((line) => line.startsWith(`## ${version}`));
  if (heading === undefined) problems.push(`CHANGELOG.md says nothing about ${version}`);
  else if (heading.includes('unreleased')) problems.push(`CHANGELOG.md calls ${version} unreleased`);
  return problems;
}

function publish(dryRun) {
  const read = (file) => readFileSync(path.join(ROOT, file), 'utf8');
  const manifest = JSON.parse(read('package.json'));
  const problems = checkRelease(manifest, read('CHANGELOG.md'), process.env.GITHUB_REF_NAME);
  for (const problem of problems) console.error(`release: ${problem}`);
  if (problems.length > 0 && !dryRun) return 1;
  const where = dryRun ? ['--dry-run'] : ['--provenance'];
  npm(['publish', TARBALL, '--access', 'public', ...where], { cwd: ROOT, stdio: 'inherit' });
  return 0;
}

function main([command, ...options]) {
  if (command === 'pack') pack();
  else if (command === 'try') tryIt();
  else if (command === 'publish') return publish(options.includes('--dry-run'));
  else {
    console.error('usage: node scripts/tarball.mjs pack | try | publish [--dry-run]');
    return 2;
  }
  return 0;
}

if (isMain(import.meta.url)) process.exitCode = main(process.argv.slice(2));
