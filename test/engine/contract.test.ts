import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { expect, it } from 'vitest';

it('the seam consists of types only', () => {
  const text = readFileSync(new URL('../../src/engine/contract.ts', import.meta.url), 'utf8');
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022, removeComments: true },
  });
  expect(outputText.trim()).toBe('export {};');
});
