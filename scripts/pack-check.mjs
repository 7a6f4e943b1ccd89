#!/usr/bin/env node
/**
 * Checks what would be published: every target's addon is there, needs nothing that its systems lack and exports
 * only Node-API's entry points; the package contains what it should and is not too large.
 *
 *     node scripts/pack-check.mjs            after npm run prebuild:all
 *     node scripts/pack-check.mjs --host     requires only this machine's addon
 */

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { cached, cacheFolder } from './prebuild/cache.mjs';
import { pipInstall } from './prebuild/pip.mjs';
import { SOURCES } from './prebuild/sources.mjs';
import { hostTarget, TARGETS } from './prebuild/targets.mjs';
import { isMain, ROOT } from './process.mjs';

const MOST_PACKED_BYTES = 12e6;
const LIEF_VERSION = '1.0.0';
/** Of PyPI's wheels for Linux on x64, for CPython 3.10, 3.11, and 3.12 and later. */
const LIEF_SHA256 = [
  '5b40bb3591c2db6aea6208b51ef7cb9a9e05c8be5c9437314857d1fda1e61f21',
  '96277e45d58de45a33249079dac43e50db1c96da162fbe1ad02fbaa82e3bd06f',
  '41ff868f5328fc8e5237a9e1f4718590e0ee9180c1422b3e4948b7116ba4517c',
];

/** Node-API's, and nothing of OpenBLAS or the C++ library: another addon in the process may have those, too. */
const EXPORTS = ['napi_register_module_v1', 'node_api_module_get_api_version_v1'];

/**
 * What else a target may export. zig's linker for macOS does not hide the C++ runtime: allocation and type
 * information, which every C++ library there exports as weak symbols.
 */
const RUNTIME_EXPORTS = { darwin: /^(_Z(n[aw]|d[al]|T[ISV])|__dso_handle$|_mh_dylib_header$)/ };

const SYSTEM_LIBRARIES = {
  glibc:
    /^(libc\.so\.6|libm\.so\.6|libpthread\.so\.0|libdl\.so\.2|librt\.so\.1|ld-linux-(x86-64|aarch64)\.so\.[12])$/,
  musl: /^libc\.so$/,
  win32: /^(KERNEL32\.dll|ntdll\.dll|api-ms-win-crt-[a-z]+-l1-1-0\.dll)$/i,
  darwin: /^\/usr\/lib\/libSystem\.B\.dylib$/,
};

const NEWEST_GLIBC = [2, 17];

/** Would make an install run something: npm runs node-gyp for a binding.gyp without being told to. */
const FORBIDDEN_FILES = [/^binding\.gyp$/, /\.(js|cjs|ts|cts)\.map$/, /^test\//, /^src\//];
const FORBIDDEN_SCRIPTS = ['preinstall', 'install', 'postinstall'];

const megabytes = (bytes) => `${(bytes / 1e6).toFixed(2)} MB`;

/**
 * What is wrong with an addon.
 *
 * @param {import('./prebuild/targets.mjs').Target} target
 * @param {{ libraries: string[], exports: string[], glibc?: string, stripped?: boolean }} facts of inspect.py
 * @param {Buffer} content
 * @param {readonly string[]} buildFolders of this machine, which the addon must not name
 * @returns {string[]}
 */
export function checkAddon(target, facts, content, buildFolders) {
  const problems = [];
  if (content.length > target.mostBytes) {
    problems.push(
      `measures ${megabytes(content.length)}, at most ${megabytes(target.mostBytes)} are allowed`,
    );
  }
  const allowed = SYSTEM_LIBRARIES[target.libc ?? target.platform];
  for (const library of facts.libraries) {
    if (!allowed.test(library)) problems.push(`needs ${library}`);
  }
  const [major, minor] = (facts.glibc ?? '0.0').split('.').map(Number);
  if (major > NEWEST_GLIBC[0] || (major === NEWEST_GLIBC[0] && minor > NEWEST_GLIBC[1])) {
    problems.push(`needs glibc ${facts.glibc}, expected ${NEWEST_GLIBC.join('.')} or older`);
  }
  const tolerated = RUNTIME_EXPORTS[target.platform];
  const exported = facts.exports.filter((name) => !EXPORTS.includes(name) && !tolerated?.test(name));
  if (exported.length > 0) problems.push(`exports ${exported.slice(0, 5).join(', ')}`);
  const missing = EXPORTS.filter((name) => !facts.exports.includes(name));
  if (missing.length > 0) problems.push(`does not export ${missing.join(', ')}`);
  const blas = `OpenBLAS ${SOURCES.openblas[0].version}`;
  if (target.openblas && !content.includes(blas)) problems.push(`does not contain ${blas}`);
  if (facts.stripped === false) problems.push('is not stripped');
  for (const folder of buildFolders) {
    if (content.includes(folder)) problems.push(`names ${folder}, a folder of the machine it was built on`);
  }
  return problems;
}

/**
 * What is wrong with the package itself.
 *
 * @param {{ size: number, files: { path: string }[] }} pack what `npm pack --json` says
 * @param {Record<string, string>} scripts of package.json
 * @param {readonly import('./prebuild/targets.mjs').Target[]} targets whose addons it must contain
 * @returns {string[]}
 */
export function checkPackage({ size, files }, scripts, targets) {
  const paths = files.map((file) => file.path);
  const problems = [];
  if (size > MOST_PACKED_BYTES) {
    problems.push(
      `the package measures ${megabytes(size)} packed, at most ${megabytes(MOST_PACKED_BYTES)} are allowed`,
    );
  }
  for (const { name, file } of targets) {
    if (!paths.includes(file))
      problems.push(`${file} is not in the package: npm run prebuild:all makes it (${name})`);
  }
  for (const file of paths) {
    if (FORBIDDEN_FILES.some((pattern) => pattern.test(file))) problems.push(`${file} must not be published`);
  }
  for (const name of FORBIDDEN_SCRIPTS) {
    if (scripts[name] !== undefined)
      problems.push(`package.json has a script named ${name}: an install runs nothing`);
  }
  return problems;
}

/** Facts of inspect.py by file. */
async function inspect(files) {
  if (files.length === 0) return {};
  const lief = await cached(`lief-${LIEF_VERSION}-${pythonTag()}`, (folder) =>
    pipInstall(folder, 'lief', LIEF_VERSION, LIEF_SHA256),
  );
  const script = path.join(ROOT, 'scripts/prebuild/inspect.py');
  const env = { ...process.env, PYTHONPATH: lief };
  return JSON.parse(execFileSync('python3', [script, ...files], { cwd: ROOT, env, encoding: 'utf8' }));
}

/** Its wheels are each for one Python. */
function pythonTag() {
  const print = 'import sys; print("%d.%d" % sys.version_info[:2])';
  return execFileSync('python3', ['-c', print], { encoding: 'utf8' }).trim();
}

function packed() {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const [pack] = JSON.parse(execFileSync('npm', args, { cwd: ROOT, encoding: 'utf8' }));
  return pack;
}

async function main(args) {
  const { values } = parseArgs({ args, options: { host: { type: 'boolean', default: false } } });
  const needed = values.host ? [hostTarget()].filter(Boolean) : TARGETS;
  const there = TARGETS.filter(({ file }) => existsSync(path.join(ROOT, file)));
  const facts = await inspect(there.map(({ file }) => file));
  const folders = [ROOT, homedir(), cacheFolder(), path.join(tmpdir(), 'chainrule-')];
  const problems = [];
  for (const target of there) {
    const { file } = target;
    const { libraries, glibc, minimum } = facts[file];
    const needs = [glibc && `glibc ${glibc}`, minimum && `macOS ${minimum}`, ...libraries].filter(Boolean);
    console.log(
      `${file.padEnd(44)} ${megabytes(statSync(path.join(ROOT, file)).size)}  needs ${needs.join(', ')}`,
    );
    const found = checkAddon(target, facts[file], readFileSync(path.join(ROOT, file)), folders);
    problems.push(...found.map((problem) => `${file} ${problem}`));
  }
  const pack = packed();
  console.log(
    `package: ${megabytes(pack.size)} packed, ${megabytes(pack.unpackedSize)} unpacked, ${pack.files.length} files`,
  );
  const { scripts } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
  problems.push(...checkPackage(pack, scripts, needed));
  for (const problem of problems) console.error(`pack-check: ${problem}`);
  return problems.length === 0 ? 0 : 1;
}

if (isMain(import.meta.url)) process.exitCode = await main(process.argv.slice(2));
