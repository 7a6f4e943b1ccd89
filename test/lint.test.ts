import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';

const { checkSources } = await import(new URL('../scripts/lint.mjs', import.meta.url).href);

it('finds native sources in no list, in two, and missing', () => {
  const root = mkdtempSync(path.join(tmpdir(), 'chainrule-lint-'));
  try {
    mkdirSync(path.join(root, 'native/core'), { recursive: true });
    for (const name of ['loss.cc', 'loss.h', 'plan.cc', 'step.cc']) {
      writeFileSync(path.join(root, 'native/core', name), '');
    }
    writeFileSync(
      path.join(root, 'native/sources.json'),
      '{ "core": ["native/core/loss.cc", "native/core/gone.cc"], "test": ["native/core/loss.cc"] }',
    );
    expect(checkSources(root)).toEqual([
      '"core" in native/sources.json lists native/core/gone.cc, which does not exist',
      'native/core/loss.cc has to be in one list of native/sources.json, is in "core", "test"',
      'native/core/plan.cc has to be in one list of native/sources.json, is in none',
      'native/core/step.cc has to be in one list of native/sources.json, is in none',
    ]);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});
