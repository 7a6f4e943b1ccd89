import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { resolveCheckpoints } from '../../src/checkpoint/options.js';
import { expectError } from '../errors.js';

const path = resolve('some/folder');

it('writes each minute, unless the number of epochs or another time says when', () => {
  const of = (checkpoint: object) => resolveCheckpoints({ checkpoint })?.checkpoint;
  expect(of({ path })).toEqual({ path, everyEpochs: Infinity, everyMs: 60_000, keep: 2 });
  expect(of({ path, everyEpochs: 5 })).toMatchObject({ everyEpochs: 5, everyMs: Infinity });
  expect(of({ path, everyEpochs: 5, everyMs: 10 })).toMatchObject({ everyEpochs: 5, everyMs: 10 });
  expect(of({ path: pathToFileURL(path), keep: 7 })).toMatchObject({ path, keep: 7 });
  expect(of({ path: 'some/folder' })).toMatchObject({ path });
});

it('continues from where resume says', () => {
  const checkpoint = { path };
  expect(resolveCheckpoints({})).toBeNull();
  expect(resolveCheckpoints({ resume: false })).toBeNull();
  expect(resolveCheckpoints({ checkpoint })).toMatchObject({ from: null });
  expect(resolveCheckpoints({ checkpoint, resume: true })).toMatchObject({ from: path, mayBegin: true });
  expect(resolveCheckpoints({ resume: 'some/folder' })).toEqual({
    checkpoint: null,
    from: path,
    mayBegin: false,
  });
});

it.each<[object, string]>([
  [{ resume: true }, 'resume is true without a checkpoint'],
  [{ resume: 5 }, 'resume is 5, expected a path'],
  [{ checkpoint: 'folder' }, "checkpoint is 'folder', expected an object"],
  [{ checkpoint: {} }, 'checkpoint.path is undefined, expected a path'],
  [{ checkpoint: { path, everyEpoch: 1 } }, "did you mean 'everyEpochs'"],
  [{ checkpoint: { path, everyEpochs: 0 } }, 'checkpoint.everyEpochs is 0'],
  [{ checkpoint: { path, everyMs: -1 } }, 'checkpoint.everyMs is -1'],
  [{ checkpoint: { path, keep: 0 } }, 'checkpoint.keep is 0, expected a whole number from 1'],
])('refuses %j', (options, words) => {
  expectError(() => resolveCheckpoints(options), 'ERR_OPTION', words);
});
