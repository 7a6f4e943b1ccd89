import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';

import * as index from '../src/index.js';
import { runChild } from './child.js';

const imports = "const { Network, backend, useAddon, ...rest } = await import('chainrule/reference');";
const tell = (code: string) =>
  `try { ${code} } catch ({ code, message }) { console.log(JSON.stringify({ code, message })); }`;

// The same library, for places where native code cannot or must not run.
describe('chainrule/reference', () => {
  test.each(['js', 'cjs'])('contains nothing native in reference.%s', async (ending) => {
    const text = await readFile(new URL(`../dist/reference.${ending}`, import.meta.url), 'utf8');
    const native = ['dlopen', 'prebuilds', '.node"', 'createRequire', 'CHAINRULE_ADDON', 'import.meta'];
    expect(text.includes('ReferenceNetwork')).toBe(true);
    expect(native.filter((word) => text.includes(word))).toEqual([]);
    const imported = [...text.matchAll(/(?:\bfrom ?|\b(?:require|import)\()["']([^"'\n]*)["']/g)].map(
      ([, name]) => name,
    );
    // Beside it are what both entries share, and what is loaded when it is needed.
    const beside = imported.filter((name) => name.startsWith('.')).map((name) => name.replace(/^.*\//, ''));
    expect(new Set(beside)).toEqual(
      new Set(['error.js', 'from-onnx.js', 'from-tfjs.js', 'open-file.js', 'report.js']),
    );
    expect(imported).toEqual(expect.not.arrayContaining([expect.stringMatching(/module/)]));
  });

  test('trains without a warning, and says which engine it is', async () => {
    const { stdout, stderr } = await runChild(`${imports}
      const net = new Network({ inputSize: 1, layers: [{ units: 1 }] });
      await net.fit([[1]], [1]);
      console.log(JSON.stringify([backend(), net.backend]));`);
    expect(stderr).toBe('');
    const info = {
      name: 'reference',
      simd: 'none',
      blas: 'none',
      gemm: 'own',
      products: 'float32',
      threads: 1,
      reason: 'chainrule/reference holds the reference engine alone',
    };
    expect(JSON.parse(stdout)).toEqual([info, info]);
  });

  test.each([
    [
      "new Network({ inputSize: 1, layers: [{ units: 1 }], backend: 'native' })",
      {},
      "the option backend: 'native'",
    ],
    ['backend()', { CHAINRULE_BACKEND: 'native' }, 'CHAINRULE_BACKEND=native'],
  ])('has no native engine for %s', async (code, env, asker) => {
    const { stdout } = await runChild(`${imports}${tell(code)}`, env);
    expect(JSON.parse(stdout)).toEqual({
      code: 'ERR_BACKEND',
      message: expect.stringMatching(
        new RegExp(`asked for by ${asker}.*- import from 'chainrule' instead`, 's'),
      ),
    });
  });

  test('accepts no addon', async () => {
    const { stdout } = await runChild(`${imports}${tell("useAddon('/chainrule.node')")}`);
    expect(JSON.parse(stdout)).toMatchObject({
      code: 'ERR_BACKEND',
      message: expect.stringContaining("import it from 'chainrule'"),
    });
  });

  test('is one library, imported or required, and exports all that chainrule does', async () => {
    const { stdout } = await runChild(`
      import * as imported from 'chainrule/reference';
      import { createRequire } from 'node:module';
      const required = createRequire(process.cwd() + '/x.js')('chainrule/reference');
      for (const name of Object.keys(imported)) console.log(name, imported[name] === required[name]);`);
    const names = Object.keys(index).sort();
    expect(stdout.trim().split('\n').sort()).toEqual(names.map((name) => `${name} true`));
  });
});
