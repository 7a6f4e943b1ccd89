#!/usr/bin/env node
/**
 * Compiles the addons of the package to prebuilds/.
 *
 *     node scripts/prebuild/main.mjs                     for this machine
 *     node scripts/prebuild/main.mjs --all               for every target
 *     node scripts/prebuild/main.mjs win32-x64 ...       for these
 *
 * The first time it fetches zig and the sources of OpenBLAS and Highway into a cache (cache.mjs), and needs GCC
 * for OpenBLAS, also for arm64 if that is requested. After that it needs no network.
 */

import { statSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { isMain, ROOT } from '../process.mjs';
import { compileAddon } from './compile.mjs';
import { buildOpenblas, unpackHighway } from './libraries.mjs';
import { hostTarget, TARGETS } from './targets.mjs';
import { findZig } from './zig.mjs';

/** The targets that the arguments ask for. */
function chosenTargets({ all, names }) {
  if (all) return TARGETS;
  if (names.length === 0) {
    const host = hostTarget();
    if (host === undefined) throw new Error(`there is no target for ${process.platform}-${process.arch}`);
    return [host];
  }
  return names.map((name) => {
    const target = TARGETS.find((each) => each.name === name);
    if (target !== undefined) return target;
    throw new Error(`unknown target ${name}, expected ${TARGETS.map((each) => each.name).join(', ')}`);
  });
}

async function main(args) {
  const { values, positionals } = parseArgs({
    args,
    options: { all: { type: 'boolean', default: false }, out: { type: 'string', default: ROOT } },
    allowPositionals: true,
  });
  const targets = chosenTargets({ all: values.all, names: positionals });
  const zig = await findZig();
  const highway = await unpackHighway();
  for (const target of targets) {
    const openblas = target.openblas ? await buildOpenblas(target.arch) : 'none';
    await compileAddon(target, { zig, highway, openblas }, path.resolve(values.out));
    const { size } = statSync(path.join(values.out, target.file));
    console.log(`${target.file}  ${(size / 1e6).toFixed(2)} MB`);
  }
}

if (isMain(import.meta.url)) {
  try {
    await main(process.argv.slice(2));
  } catch (error) {
    console.error(`prebuild: ${error.message}`);
    process.exitCode = 1;
  }
}
