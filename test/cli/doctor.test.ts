import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { DoctorReport } from '../../src/cli/doctor/facts.js';
import { VERSION } from '../../src/version.js';
import { compileAddon, hasCompiler, runCli } from './run-cli.js';

const realAddon = fileURLToPath(new URL('../../build/Release/chainrule.node', import.meta.url));

async function doctor(env: Record<string, string> = {}, flags: string[] = [], args: string[] = []) {
  const { status, stdout, stderr } = await runCli(['doctor', '--json', ...args], env, flags);
  expect(stderr).toBe('');
  const report: DoctorReport = JSON.parse(stdout);
  const problems = report.findings.filter(({ severity }) => severity === 'problem');
  expect({ status, ok: report.ok }).toEqual(
    problems.length > 0 ? { status: 1, ok: false } : { status: 0, ok: true },
  );
  return { status, report, problems };
}

describe('chainrule doctor', () => {
  test('finds nothing wrong with the native engine', async () => {
    const { status, report } = await doctor();
    expect(status).toBe(0);
    expect(report).toMatchObject({
      ok: true,
      chainrule: { version: VERSION },
      runtime: { name: 'Node.js', version: process.versions.node, flags: [] },
      system: { platform: process.platform, arch: process.arch },
      cpu: { model: expect.any(String), features: expect.any(Array), source: 'addon' },
      threads: { cores: expect.any(Number), usable: expect.any(Number), used: expect.any(Number) },
      variables: [],
      engine: { name: 'native', reason: expect.any(String), failure: null, referenceWanted: false },
      addon: {
        path: realAddon,
        version: VERSION,
        simd: expect.any(String),
        instructionSets: expect.any(Array),
        blas: expect.any(String),
        gemm: expect.stringMatching(/^(own|openblas)$/),
        cpuFeatures: expect.any(Array),
        cpuFeaturesDisabled: expect.any(Array),
        usableCores: report.threads.usable,
      },
      addonFailure: null,
      failures: [],
      check: { how: 'finished', stage: null },
      nativeCheck: null,
      rescues: [],
    });
    const { training, speed } = report;
    expect(training.chosen!.losses).toHaveLength(100);
    expect(training.chosen!.losses).not.toEqual(training.reference!.losses);
    expect(speed.chosen!.samplesPerSecond).toBeGreaterThan(speed.reference!.samplesPerSecond);
  });

  test('prints what it found for people', async () => {
    const { status, stdout, stderr } = await runCli(['doctor']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^Engine\n {2}engine {10}native\n/);
    expect(stdout).toContain('The native engine loads, learns XOR, and agrees with the reference engine.');
    // No colours in a pipe.
    expect(stdout).not.toContain('\u001b');
  });

  test('sees that Node was started with --no-addons', async () => {
    const { report, problems } = await doctor({}, ['--no-addons']);
    expect(problems).toHaveLength(1);
    expect(problems[0].message).toContain('node was started with --no-addons');
    expect(report.engine.name).toBe('reference');
    expect(report.addonFailure!.attempts).toEqual([{ path: realAddon, problem: expect.any(String) }]);
    expect(report.training.chosen!.accuracy).toBe(1);
  });

  test('sees flags of NODE_OPTIONS', async () => {
    const { problems } = await doctor({ NODE_OPTIONS: '--no-addons' });
    expect(problems[0].message).toContain('node was started with --no-addons');
  });

  test("distinguishes Node's permissions", async () => {
    const known = process.allowedNodeEnvironmentFlags.has('--permission');
    const flags = [known ? '--permission' : '--experimental-permission', '--allow-fs-read=*'];
    const alone = await runCli(['doctor'], {}, flags);
    expect(alone.status).toBe(1);
    expect(alone.stdout).toContain('start node with --allow-child-process');
    const withChild = await runCli(['doctor'], {}, [...flags, '--allow-child-process']);
    expect(withChild.status).toBe(1);
    expect(withChild.stdout).toContain('Start node with --allow-addons');
  });

  test('finds that CHAINRULE_ADDON names nothing', async () => {
    const { report, problems } = await doctor({ CHAINRULE_ADDON: '/nowhere/chainrule.node' });
    expect(problems).toHaveLength(1);
    expect(problems[0].message).toContain('a file that is not there: /nowhere/chainrule.node');
    expect(report.engine).toMatchObject({ name: null, failure: { code: 'ERR_BACKEND' } });
    // Everything that needs no addon is still checked.
    expect(report.training.reference!.accuracy).toBe(1);
  });

  test('finds that CHAINRULE_ADDON names a text file', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'chainrule-cli-')), 'chainrule.node');
    writeFileSync(file, 'not an addon, though long enough to have a header of one: '.repeat(20));
    const { problems } = await doctor({ CHAINRULE_ADDON: file });
    expect(problems).toHaveLength(1);
    expect(problems[0].message).toMatch(
      /CHAINRULE_ADDON names a file that cannot be used: .*chainrule\.node\)/,
    );
  });

  test('notes that the reference engine was asked for', async () => {
    const { status, report } = await doctor({ CHAINRULE_BACKEND: 'reference' });
    expect(status).toBe(0);
    const notes = report.findings.filter(({ severity }) => severity === 'note');
    expect(notes[0].message).toContain('CHAINRULE_BACKEND=reference asks for it');
    expect(notes[0].message).toContain('works here too');
    expect(report).toMatchObject({ engine: { name: 'reference' }, nativeCheck: { how: 'finished' } });
  });

  test('finds names of kernels and of an engine that do not exist', async () => {
    const simd = await doctor({ CHAINRULE_SIMD: 'AVX9' });
    expect(simd.problems.map(({ message }) => message)).toEqual([
      expect.stringContaining('There are no kernels for CHAINRULE_SIMD=AVX9'),
    ]);
    const backend = await doctor({ CHAINRULE_BACKEND: 'natve' });
    expect(backend.problems.map(({ message }) => message)).toEqual([
      expect.stringContaining("CHAINRULE_BACKEND is 'natve'"),
    ]);
  });
});

/** The real addon, unless `condition` holds when it loads for the `calls`th time. */
const failing = (condition: string, doing: string, calls = 1) => `
  #include <dlfcn.h>
  #include <signal.h>
  #include <stdlib.h>
  #include <unistd.h>
  static int calls = 0;
  int node_api_module_get_api_version_v1(void) { return 8; }
  void *napi_register_module_v1(void *env, void *exports) {
    if (++calls >= ${calls} && (${condition})) { ${doing}; }
    void *addon = dlopen("${realAddon}", RTLD_NOW);
    void *(*init)(void *, void *) = dlsym(addon, "napi_register_module_v1");
    return init(env, exports);
  }
`;

describe.skipIf(!hasCompiler())('chainrule doctor, with an addon that goes wrong (needs cc)', () => {
  test('names the signal of a crash', async () => {
    const addon = compileAddon(failing('1', 'raise(SIGILL)'));
    const { report, problems } = await doctor({ CHAINRULE_ADDON: addon });
    expect(problems).toHaveLength(1);
    expect(problems[0].message).toContain('crashed with SIGILL while it loaded the native addon');
    expect(problems[0].remedies.join(' ')).toMatch(/Unset CHAINRULE_ADDON.*CHAINRULE_BACKEND=reference/);
    // The results from before the crash are known.
    expect(report.training.reference!.accuracy).toBe(1);
    expect(report.check).toMatchObject({ how: 'crashed', stage: 'addon', signal: 'SIGILL' });
  });

  test('reports the exit status and the last output', async () => {
    const addon = compileAddon(failing('1', 'write(2, "no kernel fits\\\\n", 15); _exit(3)'));
    const { problems } = await doctor({ CHAINRULE_ADDON: addon });
    expect(problems[0].message).toContain('ended with status 3 while it loaded');
    expect(problems[0].message).toContain('no kernel fits');
  });

  test('does not wait for ever', async () => {
    const addon = compileAddon(failing('1', 'for (;;) sleep(1)'));
    const { problems } = await doctor({ CHAINRULE_ADDON: addon }, [], ['--time-limit', '2']);
    expect(problems[0].message).toContain('hung while it loaded the native addon and was stopped after 2 s');
  });

  test('finds the instruction set that works', async () => {
    const addon = compileAddon(failing('getenv("CHAINRULE_SIMD") == NULL', 'raise(SIGILL)', 2));
    const { report, problems } = await doctor({ CHAINRULE_ADDON: addon });
    const [, second] = report.addon!.instructionSets!;
    expect(report.check).toMatchObject({ how: 'crashed', stage: 'engine' });
    expect(report.rescues).toEqual([{ variable: 'CHAINRULE_SIMD', value: second, works: true }]);
    expect(problems[0].remedies[0]).toContain(
      `Set CHAINRULE_SIMD=${second}: with it the native engine works`,
    );
  });

  test('finds the variable that has to be unset', async () => {
    const addon = compileAddon(failing('getenv("OPENBLAS_CORETYPE") != NULL', 'raise(SIGSEGV)'));
    const { problems } = await doctor({ CHAINRULE_ADDON: addon, OPENBLAS_CORETYPE: 'SkylakeX' });
    expect(problems[0].message).toContain('SIGSEGV');
    expect(problems[0].remedies[0]).toContain('Unset OPENBLAS_CORETYPE');
  });
});
