/**
 * The sanitizers and valgrind on the core, a fuzzer of its boundary, and the addon with AddressSanitizer in Node:
 *
 *     npm run test:sanitizers                    all parts, an hour of processor time
 *     npm run test:sanitizers -- PART            asan, tsan, node, valgrind or fuzz
 *     npm run test:sanitizers -- fuzz SECONDS    as long as that
 */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../../scripts/process.mjs';
import { install } from '../../scripts/system-packages.mjs';

const addon = path.join(ROOT, 'out/asan/RelWithDebInfo/chainrule.node');
/** In milliseconds: more than a test takes, even if the machine has other work. */
const HALF_AN_HOUR = 1_800_000;
const coreTest = path.join(ROOT, 'build/Release/core_test');

/** Runs a program here; its status ends this one unless it is 0. */
function run(program, args, env = {}) {
  const { status, error } = spawnSync(program, args, {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

/** Builds the core's tests for a sanitizer and runs them. */
function runCoreTests(name) {
  run('npm', ['run', `build:${name}`]);
  run('ctest', ['--test-dir', `out/${name}`, '--output-on-failure']);
}

/**
 * Tests of networks in Node, those of bf16 also by AMX if there is one. Leaks are not looked for: V8 frees nothing at
 * its end. A test asks for more memory than there is, to see the error.
 */
function runInNode() {
  run('npm', ['run', 'build:asan']);
  const library = spawnSync('gcc', ['-print-file-name=libasan.so'], { encoding: 'utf8' }).stdout.trim();
  const vitest = (files, env = {}) =>
    run('npx', ['vitest', 'run', '--pool=forks', `--testTimeout=${HALF_AN_HOUR}`, ...files], {
      LD_PRELOAD: library,
      ASAN_OPTIONS: 'detect_leaks=0:allocator_may_return_null=1',
      UBSAN_OPTIONS: 'print_stacktrace=1',
      CHAINRULE_ADDON: addon,
      ...env,
    });
  const precision = 'test/engine/native/precision.test.ts';
  vitest(['test/engine/native/conformance.test.ts', precision, 'test/network']);
  const cpu = existsSync('/proc/cpuinfo') ? readFileSync('/proc/cpuinfo', 'utf8') : '';
  if (/\bamx_bf16\b/.test(cpu)) vitest([precision], { CHAINRULE_PRODUCTS: 'amx' });
}

/**
 * A part of the core's tests: what valgrind slows down fiftyfold. It knows no AVX-512, so the kernels are those of
 * AVX2 and below.
 */
function runValgrind() {
  const cases = ['*arrays*', '*task*', 'random calls*'];
  run('node', ['scripts/setup.mjs']);
  run('valgrind', [
    '--error-exitcode=1',
    '--leak-check=full',
    '--errors-for-leak-kinds=definite',
    coreTest,
    `--test-case=${cases.join(',')}`,
  ]);
}

/** clang++ with libFuzzer, or ''. */
function findFuzzingCompiler() {
  const links = (name) => {
    const args = ['-fsanitize=fuzzer', '-x', 'c++', '-', '-o', '/dev/null'];
    const input = 'extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }';
    return spawnSync(name, args, { input }).status === 0;
  };
  return ['clang++', 'clang++-14'].find(links) ?? '';
}

/**
 * Sequences of calls at the core's boundary that a fuzzer searches for, under ASan and UBSan. What it has found stays
 * in out/fuzz/corpus for the next time. It stops at the first fault, and keeps the bytes that lead to it:
 * `out/fuzz/core_fuzz FILE` repeats them.
 */
async function runFuzzer(seconds = 300) {
  if (findFuzzingCompiler() === '') {
    await install([{ what: 'clang with libFuzzer', apt: 'clang libclang-rt-dev' }]);
  }
  const folder = 'out/fuzz';
  const corpus = path.join(folder, 'corpus');
  const options = ['-DCHAINRULE_SANITIZE=fuzzer', '-DCMAKE_BUILD_TYPE=RelWithDebInfo'];
  run('cmake', ['-S', '.', '-B', folder, `-DCMAKE_CXX_COMPILER=${findFuzzingCompiler()}`, ...options]);
  run('cmake', ['--build', folder]);
  mkdirSync(path.join(ROOT, corpus), { recursive: true });
  run(
    path.join(folder, 'core_fuzz'),
    [
      corpus,
      `-max_total_time=${seconds}`,
      '-max_len=1000',
      // A machine that has other work may leave a sequence waiting.
      '-timeout=600',
      '-rss_limit_mb=4096',
      `-artifact_prefix=${folder}/`,
      '-print_final_stats=1',
    ],
    { UBSAN_OPTIONS: 'print_stacktrace=1' },
  );
}

const parts = {
  asan: () => runCoreTests('asan'),
  tsan: () => runCoreTests('tsan'),
  node: runInNode,
  valgrind: runValgrind,
  fuzz: runFuzzer,
};
const [wanted, seconds] = process.argv.slice(2);
if (wanted !== undefined && !(wanted in parts)) {
  console.error(`expected ${Object.keys(parts).join(', ')}, got ${wanted}`);
  process.exit(2);
}
for (const [name, part] of Object.entries(parts)) {
  if (wanted === undefined || wanted === name) await part(seconds);
}
