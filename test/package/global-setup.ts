import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import type { TestProject } from 'vitest/node';
import { type App, installedApp } from './app.js';
import { packProject } from './pack.js';
import { type Losses, type Report, reportOf } from './probe.js';
import { bareEnvironment, run } from './run.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** The package as it would be published. */
    tarball: string;
    /** Read-only folder of an app that has it installed. */
    installed: string;
    /** By instruction set, from this machine's prebuild. */
    losses: Losses;
    /** This CPU's, best first. */
    instructionSets: string[];
  }
}

/** Packs and installs once, and finds the losses that all other runs must agree with. */
export default async function setup(project: TestProject): Promise<() => void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'chainrule-tarball-'));
  const tarball = await packProject(folder);
  const app = await installedApp(tarball);
  const instructionSets = await listInstructionSets(app);
  const losses: Losses = {};
  for (const simd of instructionSets) {
    const { xor, wide } = (await probe(app, simd)).losses;
    losses[simd] = { xor: xor.auto, wide: wide.auto };
  }
  project.provide('tarball', tarball);
  project.provide('installed', app.folder);
  project.provide('losses', losses);
  project.provide('instructionSets', instructionSets);
  return () => {
    app.remove();
    rmSync(folder, { recursive: true, force: true });
  };
}

async function listInstructionSets(app: App): Promise<string[]> {
  const { path: addon } = (await probe(app)).backend;
  if (addon === undefined) throw new Error('the package trains without its addon');
  const print = 'console.log(JSON.stringify(require(process.argv[1]).instructionSets))';
  const { stdout } = await run(process.execPath, ['-e', print, addon], { cwd: app.folder });
  return JSON.parse(stdout) as string[];
}

async function probe(app: App, simd?: string): Promise<Report> {
  const env = { ...bareEnvironment(), CHAINRULE_SIMD: simd };
  return reportOf(await run(process.execPath, ['probe.mjs'], { cwd: app.folder, env }));
}
