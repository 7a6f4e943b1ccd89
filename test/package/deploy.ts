import { cpSync, renameSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { expect, inject, onTestFinished } from 'vitest';
import { App, copyOf } from './app.js';
import { expectNative } from './expectations.js';
import { fetchPackages, type Packages } from './fetched.js';
import { buildEnvironment, type RunResult, run, runOrThrow } from './run.js';

/** An app to build, with chainrule installed; removed after the test. */
export function appToBuild(): App {
  const app = copyOf(inject('installed'));
  onTestFinished(() => app.remove());
  return app;
}

/** Runs a program from a fetched package in the app. */
export async function build(
  app: App,
  packages: Packages,
  bin: string,
  args: readonly string[],
): Promise<void> {
  const program = path.join(await fetchPackages(packages), 'node_modules', bin);
  await runOrThrow(process.execPath, [program, ...args], { cwd: app.folder, env: buildEnvironment() });
}

/** What to copy to where the program will run: paths in the app, or pairs of a path there and one here. */
export type Shipment = readonly (string | readonly [from: string, to: string])[];

/** Copies what was built to another folder and removes the app, as if it moved to another machine. */
export function ship(app: App, shipment: Shipment): App {
  const target = new App();
  onTestFinished(() => target.remove());
  for (const item of shipment) {
    const [from, to] = typeof item === 'string' ? [item, item] : item;
    cpSync(app.path(from), target.path(to), { recursive: true, verbatimSymlinks: true });
  }
  renameSync(app.folder, `${app.folder}-gone`);
  onTestFinished(() => renameSync(`${app.folder}-gone`, app.folder));
  return target;
}

/** Runs a shipped program with only node on its PATH, from another folder than its own. */
export function start(target: App, file: string): Promise<RunResult> {
  return run(process.execPath, [target.path(file)], { cwd: path.parse(target.folder).root });
}

/** Whether a shipped program trains natively, on the addon that was shipped with it. */
export async function expectToTrain(target: App, file: string): Promise<void> {
  const result = await start(target, file);
  const { path: addon } = expectNative(result, inject('losses'), inject('instructionSets')[0]).backend;
  expect(addon?.startsWith(target.folder + path.sep), addon).toBe(true);
}
