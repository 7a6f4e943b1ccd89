#!/usr/bin/env node
/**
 * Compiles the native engine to build/Release/chainrule.node, by node-gyp. `configure` and `build`
 * rather than `rebuild`, which would begin by deleting build/: what has not changed is not compiled again.
 */

import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { isMain, ROOT } from './process.mjs';
import { run } from './run.mjs';
import { findCompiler, findMissing, hint } from './system-packages.mjs';

/** The folder to name as node-gyp's --nodedir, or '' when Node came without its headers. */
export function findNodeDir(execPath = process.execPath, exists = existsSync) {
  const prefix = path.resolve(execPath, '../..');
  const headers = ['node_api.h', 'common.gypi'].map((file) => path.join(prefix, 'include/node', file));
  return headers.every((file) => exists(file)) ? prefix : '';
}

/** Arguments of node-gyp for an optimised build on all cores. */
export function nodeGypArguments(nodeDir = findNodeDir()) {
  const args = ['configure', 'build', '--release', '--jobs', 'max'];
  // Without it node-gyp would download the headers although they are next to node.
  return nodeDir ? [...args, `--nodedir=${nodeDir}`] : args;
}

/**
 * Deletes the kernels' object file if a kernel has changed since. The compiler does not list the bodies among
 * its dependencies: it first includes them through Highway's own header, which it counts as a system header.
 */
export function forgetStaleKernels(root = ROOT) {
  const folder = path.join(root, 'native/core/kernels');
  const object = path.join(root, 'build/Release/obj.target/core/native/core/kernels/kernels.o');
  if (!existsSync(object)) return;
  const bodies = readdirSync(folder).filter((file) => file.endsWith('-inl.h'));
  const changed = bodies.map((file) => statSync(path.join(folder, file)).mtimeMs);
  if (Math.max(...changed) > statSync(object).mtimeMs) rmSync(object);
}

async function main() {
  const missing = findMissing().filter(({ optional }) => !optional);
  if (missing.length > 0) {
    console.error(`build-native: ${hint(missing)}`);
    return 1;
  }
  const nodeGyp = path.join(ROOT, 'node_modules/node-gyp/bin/node-gyp.js');
  const env = { ...process.env, CXX: findCompiler() };
  forgetStaleKernels();
  return run(process.execPath, [nodeGyp, ...nodeGypArguments()], { cwd: ROOT, env });
}

if (isMain(import.meta.url)) process.exitCode = await main();
