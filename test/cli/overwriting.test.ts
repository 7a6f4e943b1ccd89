/** What a command refuses to write over, before any work. */

import { copyFileSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { coloured, Folder, QUICK } from './files.js';

let folder: Folder;
beforeAll(async () => {
  folder = await Folder.create();
  folder.write('rows.csv', coloured());
  folder.write('other.csv', coloured(12));
  folder.write('notes.html', 'not a page');
  folder.write('page.html', '\ufeff\n<!DOCTYPE html><p>old</p>');
  folder.write('empty.html', '');
  await folder.train('rows.csv', 'mood', '--out', 'mood.safetensors', ...QUICK);
  copyFileSync(folder.file('mood.safetensors'), folder.file('copy.onnx'));
  copyFileSync(folder.file('mood.safetensors'), folder.file('copy'));
  mkdirSync(folder.file('sub'));
  symlinkSync(folder.file('rows.csv'), folder.file('link.csv'));
  symlinkSync(folder.path, folder.file('here'));
});

/** All files of the folder with their bytes. */
function contents(): [string, string][] {
  const files = readdirSync(folder.path).filter((name) => !['sub', 'here'].includes(name));
  return files.sort().map((name) => [name, readFileSync(folder.file(name), 'latin1')]);
}

const TRAIN = ['train', 'rows.csv', '--target', 'mood', ...QUICK];
const EVALUATE = ['evaluate', 'mood.safetensors', 'rows.csv'];
const PREDICT = ['predict', 'mood.safetensors', 'rows.csv'];
const EXPORT = ['export', 'mood.safetensors'];

test.each([
  ['the rows by the model', [...TRAIN, '--out', 'rows.csv'], 'the same file as FILE'],
  ['the rows by a report', [...TRAIN, '--report', 'sub/../rows.csv'], 'the same file as FILE'],
  ['the rows by their link', [...TRAIN, '--report', 'link.csv'], 'the same file as FILE'],
  [
    'the rows to validate on',
    [...TRAIN, '--validation', 'other.csv', '--report', 'other.csv'],
    'the same file as --validation',
  ],
  ['one output by another', [...TRAIN, '--out', 'new', '--report', 'here/new'], 'the same file as --out'],
  ['what is no page', [...TRAIN, '--report', 'notes.html'], 'notes.html exists and is no HTML'],
  ['other rows by a report', [...EVALUATE, '--report', 'other.csv'], 'other.csv exists and is no HTML'],
  ['the evaluated rows', [...EVALUATE, '--report', 'rows.csv'], 'the same file as FILE'],
  ['the evaluated model', [...EVALUATE, '--report', 'mood.safetensors'], 'the same file as MODEL'],
  ['the rows to predict', [...PREDICT, '--out', 'link.csv'], 'the same file as FILE'],
  ['a model by predictions', [...PREDICT, '--out', 'copy'], 'copy exists and is a model'],
  ['the exported model', [...EXPORT, '--module', 'here/mood.safetensors'], 'the same file as MODEL'],
  ['another model', [...EXPORT, '--onnx', 'copy.onnx'], 'copy.onnx exists and is a model'],
  ['one export by the other', [...EXPORT, '--onnx', 'a', '--module', './a'], 'the same file as --onnx'],
  ['standard output by a report', [...TRAIN, '--report', '-'], '--report needs the name of a file'],
  [
    'the rows by validating on them',
    [...TRAIN, '--validation', 'link.csv'],
    '--validation is rows.csv itself',
  ],
])('%s', async (_, args, message) => {
  const before = contents();
  const { status, stdout, stderr } = await folder.run(...args);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toContain(message);
  // Nothing was read or trained before.
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  expect(contents()).toEqual(before);
});

describe('reports', () => {
  test.each(['page.html', 'empty.html'])('replace %s', async (page) => {
    expect((await folder.run(...EVALUATE, '--report', page)).status).toBe(0);
    expect(folder.read(page)).toContain('rows.csv');
    expect((await folder.run(...EVALUATE, '--report', page)).status).toBe(0);
  });
});
