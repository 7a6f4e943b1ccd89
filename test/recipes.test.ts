import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

import { activations, losses, optimizers } from '../src/engine/kinds.js';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The text of each source file by its path from the root. */
type Sources = ReadonlyMap<string, string>;

/** Where a new kind changes nothing: estimators choose among kinds, importers know those of other software. */
const CHOOSING = [
  'src/estimators/',
  'src/formats/imports/',
  'src/formats/tfjs/',
  'src/formats/onnx/elementwise.ts',
];

/** All that a new kind may change. */
const sources: Sources = new Map(
  ['src', 'native/core', 'native/addon'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(ts|h|cc)$/.test(name))
      .map((name) => `${folder}/${name.replaceAll(sep, '/')}`)
      .filter((file) => !CHOOSING.some((folder) => file.startsWith(folder)))
      .map((file) => [file, readFileSync(join(root, file), 'utf8')]),
  ),
);
const contributing = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8');

/** The files that the recipe in CONTRIBUTING.md lists after the line that begins with `heading`. */
function recipe(heading: string): string[] {
  const [, list] =
    new RegExp(`^${heading}[^\n]*\n\n((?:\\d+\\. .*\n(?: .*\n)*)+)`, 'm').exec(contributing) ?? [];
  return [...(list ?? '').matchAll(/^\d+\. `([^`]+)`/gm)].map(([, file]) => file);
}

/** The files that name a kind in the way of either language: 'adamW', AdamWOptions, kAdamW, adam_w. */
function filesNaming(kind: string, among: Sources): string[] {
  const name = new RegExp(kind.replace(/(?=[A-Z])/g, '_?'), 'i');
  return [...among].flatMap(([file, text]) => (name.test(text) ? file : [])).sort();
}

/**
 * Kinds that other files name for what they are: the default of an option, the output of a loss, a fast path,
 * the advice of a message. No other kind needs that. The last two are words that others use for something else.
 */
const named = new Set([
  ...['identity', 'sigmoid', 'tanh', 'relu', 'leakyRelu', 'softmax'],
  ...['mse', 'bce', 'crossEntropy'],
  ...['sgd', 'momentum', 'adam', 'adamW'],
  ...['absolute', 'quantile'],
]);

const families = [
  { heading: 'An activation takes 5 source files', kinds: Object.keys(activations), most: 5 },
  { heading: 'A loss takes 4, or 5 with a parameter of its own', kinds: Object.keys(losses), most: 5 },
  { heading: 'An optimizer takes 5', kinds: Object.keys(optimizers), most: 5 },
  { heading: 'An initializer takes 2', kinds: ['lecunNormal', 'lecunUniform'], most: 2 },
].map((family) => ({ ...family, kinds: family.kinds.filter((kind) => !named.has(kind)) }));

describe.each(families)('$heading', ({ heading, kinds, most }) => {
  const files = recipe(heading);

  it('and lists as many', () => {
    expect(files).toHaveLength(most);
    expect(files.filter((file) => !sources.has(file))).toEqual([]);
  });

  it.each(kinds)('%s is in no other file', (kind) => {
    expect(filesNaming(kind, sources).filter((file) => !files.includes(file))).toEqual([]);
  });

  it('and each is needed', () => {
    const needed = new Set(kinds.flatMap((kind) => filesNaming(kind, sources)));
    expect([...needed].sort()).toEqual([...files].sort());
  });
});

describe.each(['README.md', 'docs/mathematics.md'])('%s', (document) => {
  it('names every kind', () => {
    const text = readFileSync(join(root, document), 'utf8');
    const kinds = [activations, losses, optimizers].flatMap((table) => Object.keys(table));
    expect(kinds.filter((kind) => !new RegExp(`\\b${kind}\\b`).test(text))).toEqual([]);
  });
});

describe('the search for names', () => {
  it.each([
    "case 'adamW':",
    'export interface AdamWOptions {}',
    'case OptimizerKind::kAdamW:',
    'adam_w_coefficients()',
    '/** For adamW. */',
  ])('finds %j', (text) => {
    const among = new Map([['src/options/new.ts', text]]);
    expect(filesNaming('adamW', among)).toEqual(['src/options/new.ts']);
    expect(filesNaming('rmsprop', among)).toEqual([]);
  });

  it('finds the kinds that are named elsewhere', () => {
    expect(filesNaming('relu', sources).length).toBeGreaterThan(4);
  });

  it('finds no recipe where there is none', () => {
    expect(recipe('A layer takes')).toEqual([]);
  });
});
