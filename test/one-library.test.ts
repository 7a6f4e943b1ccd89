import { describe, expect, test } from 'vitest';

import * as entry from '../src/entry.js';
import * as index from '../src/index.js';
import { VERSION } from '../src/version.js';
import { runChild } from './child.js';

const loads: Record<string, string> = {
  'import, then require': `
    const imported = await import('chainrule'), required = require('chainrule');`,
  'require, then import': `
    const required = require('chainrule'), imported = await import('chainrule');`,
};

/** Runs `code` in a program that loads the library both ways. */
function runBoth(order: string, code: string) {
  return runChild(`
    import { createRequire } from 'node:module';
    const require = createRequire(process.cwd() + '/program.js');
    ${loads[order]}
    ${code}`);
}

describe.each(Object.keys(loads))('%s', (order) => {
  test('are one library', async () => {
    const { stdout, stderr } = await runBoth(
      order,
      `for (const name of Object.keys(imported)) console.log(name, imported[name] === required[name]);`,
    );
    expect(stderr).toBe('');
    const names = Object.keys(index).sort();
    expect(stdout.trim().split('\n').sort()).toEqual(names.map((name) => `${name} true`));
  });

  test('share networks, datasets and errors', async () => {
    const { stdout, stderr } = await runBoth(
      order,
      `const net = new imported.Network({ inputSize: 1, layers: [{ units: 1 }] });
      const dataset = new required.Dataset([[1]], [1]);
      const { epochs } = await net.fit(dataset, { validationData: dataset });
      console.log(typeof epochs[0].validationLoss, required.gradientCheck(net, [[1]], [1]).passed);
      await net.fit([[1, 2]], [1]).catch((error) => console.log(error instanceof required.ChainruleError));`,
    );
    expect({ stdout, stderr }).toEqual({ stdout: 'number true\ntrue\n', stderr: '' });
  });

  test('use one addon', async () => {
    const { stdout } = await runBoth(
      order,
      `imported.backend();
      try { required.useAddon('/another.node'); } catch (error) { console.log(error.code); }`,
    );
    expect(stdout).toBe('ERR_BACKEND\n');
  });
});

test('the entry exports all of the library, from the copy that was loaded first', () => {
  expect(Object.keys(entry).sort()).toEqual(Object.keys(index).sort());
  const registered = (globalThis as unknown as Record<symbol, typeof index>)[
    Symbol.for(`chainrule@${VERSION}`)
  ];
  expect({ ...entry }).toEqual({ ...registered });
  expect(entry.Network).toBe(registered.Network);
});
