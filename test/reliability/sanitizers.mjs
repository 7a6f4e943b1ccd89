/**
 * The sanitizers and valgrind on the core, and the addon with AddressSanitizer in Node:
 *
 *     npm run test:sanitizers            all parts, an hour of processor time
 *     npm run test:sanitizers -- PART    asan, tsan, node or valgrind
 */

import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { ROOT } from '../../scripts/process.mjs';

const addon = path.join(ROOT, 'out/asan/RelWithDebInfo/chainrule.node');
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
 * Tests of networks in Node. Leaks are not looked for: V8 frees nothing at its end. A test asks for more memory than
 * there is, to see the error.
 */
function runInNode() {
  run('npm', ['run', 'build:asan']);
  const library = spawnSync('gcc', ['-print-file-name=libasan.so'], { encoding: 'utf8' }).stdout.trim();
  run('npx', ['vitest', 'run', '--pool=forks', 'test/engine/native/conformance.test.ts', 'test/network'], {
    LD_PRELOAD: library,
    ASAN_OPTIONS: 'detect_leaks=0:allocator_may_return_null=1',
    UBSAN_OPTIONS: 'print_stacktrace=1',
    CHAINRULE_ADDON: addon,
  });
}

/**
 * A part of the core's tests: what valgrind slows down fiftyfold. It knows no AVX-512, so the kernels are those of
 * AVX2 and below.
 */
function runValgrind() {
  const cases = ['*arrays*', '*task*'];
  run('node', ['scripts/setup.mjs']);
  run('valgrind', [
    '--error-exitcode=1',
    '--leak-check=full',
    '--errors-for-leak-kinds=definite',
    coreTest,
    `--test-case=${cases.join(',')}`,
  ]);
}

const parts = {
  asan: () => runCoreTests('asan'),
  tsan: () => runCoreTests('tsan'),
  node: runInNode,
  valgrind: runValgrind,
};
const [wanted] = process.argv.slice(2);
if (wanted !== undefined && !(wanted in parts)) {
  console.error(`expected ${Object.keys(parts).join(', ')}, got ${wanted}`);
  process.exit(2);
}
for (const [name, part] of Object.entries(parts)) if (wanted === undefined || wanted === name) part();
