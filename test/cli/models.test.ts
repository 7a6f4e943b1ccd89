/** The commands on models: evaluate, inspect, export. */

import { readFileSync } from 'node:fs';
import { InferenceSession } from 'onnxruntime-node';
import { beforeAll, describe, expect, test } from 'vitest';
import { MLPClassifier, MLPRegressor, Network } from '../../src/index.js';
import { VERSION } from '../../src/version.js';
import { coloured, Folder, QUICK } from './files.js';

let folder: Folder;
beforeAll(async () => {
  folder = await Folder.create();
  folder.write('rows.csv', coloured());
  await folder.train('rows.csv', 'mood', '--out', 'mood.safetensors', ...QUICK);
  await folder.train('rows.csv', 'size', '--out', 'size.safetensors', '--task', 'regression', ...QUICK);
});

const rows = () =>
  coloured()
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','))
    .map(([size, colour, mood]) => ({ size: Number(size), colour, mood }));

describe('evaluate', () => {
  test('gives the metrics of the estimator', async () => {
    const { stdout } = await folder.run('evaluate', 'mood.safetensors', 'rows.csv', '--json');
    const { metrics, ...others } = JSON.parse(stdout);
    const model = await MLPClassifier.load(folder.file('mood.safetensors'));
    expect(metrics).toEqual(JSON.parse(JSON.stringify(model.evaluate(rows()))));
    expect(others).toMatchObject({
      task: 'classification',
      target: 'mood',
      rows: 40,
      classes: ['cold', 'warm'],
    });
    const regression = await folder.run('evaluate', 'size.safetensors', 'rows.csv', '--json');
    const regressor = await MLPRegressor.load(folder.file('size.safetensors'));
    expect(JSON.parse(regression.stdout).metrics).toEqual(regressor.evaluate(rows()));
  });

  test('shows them as text, with the confusion matrix', async () => {
    const { stdout } = await folder.run('evaluate', 'mood.safetensors', 'rows.csv');
    expect(stdout).toMatch(/^mood on 40 rows\n {2}accuracy +[01]\.\d{3}\n/);
    expect(stdout).toMatch(/\n {8}cold {2}warm\n {2}cold +\d+ +\d+\n {2}warm +\d+ +\d+\n$/);
  });

  test('says that rows may be those of the training, where there are as many', async () => {
    const told = 'if these are the rows that the model was trained on, the scores flatter it';
    const same = await folder.run('evaluate', 'mood.safetensors', 'rows.csv', '--json');
    expect(same.stderr).toContain(told);
    expect(JSON.parse(same.stdout).warnings).toEqual([expect.stringContaining(told)]);
    folder.write('fewer.csv', coloured(38));
    const fewer = await folder.run('evaluate', 'mood.safetensors', 'fewer.csv', '--json');
    expect(fewer.stderr).toBe('');
    expect(JSON.parse(fewer.stdout).warnings).toEqual([]);
  });

  test('takes the answers from another column, and leaves out rows without one', async () => {
    const renamed = coloured().replace('mood', 'answer').replace('warm', '');
    folder.write('renamed.csv', renamed);
    const missing = await folder.run('evaluate', 'mood.safetensors', 'renamed.csv');
    expect(missing).toMatchObject({ status: 1, stderr: expect.stringContaining("no column 'mood'") });
    const args = ['evaluate', 'mood.safetensors', 'renamed.csv', '--target', 'answer', '--json'];
    const { stdout, stderr } = await folder.run(...args);
    expect(JSON.parse(stdout)).toMatchObject({ rows: 40, evaluatedRows: 39, target: 'answer' });
    expect(stderr).toContain("1 row has no value of 'answer'");
  });

  test('names the line of an answer that is no class', async () => {
    folder.write('icy.csv', coloured().replace('cold', 'icy'));
    const { status, stderr } = await folder.run('evaluate', 'mood.safetensors', 'icy.csv');
    expect(status).toBe(1);
    expect(stderr).toContain("icy.csv, line 3: 'mood' is 'icy', expected one of the classes 'cold', 'warm'");
  });
});

describe('inspect', () => {
  test('says what is in an estimator', async () => {
    const { stdout } = await folder.run('inspect', 'mood.safetensors', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      kind: 'MLPClassifier',
      chainrule: VERSION,
      target: 'mood',
      classes: ['cold', 'warm'],
      trainRows: 40,
      seed: 1,
      columns: [
        { name: 'size', kind: 'numeric', used: true, missing: 0 },
        { name: 'colour', kind: 'categorical', used: true, features: 1 },
      ],
      networks: [{ layers: [{ units: 4 }, { units: 2, activation: 'softmax' }] }],
      training: [{ epochs: 2, stoppedBy: 'epochs' }],
    });
    const text = (await folder.run('inspect', 'size.safetensors')).stdout;
    expect(text).toContain('size (regression)');
    expect(text).toMatch(/colour +categorical +1 feature\n/);
    expect(text).toMatch(/\d+-4-1 .* parameters .* 2 epochs/);
  });

  test('says what is in a network', async () => {
    await new Network({ inputSize: 3, layers: [{ units: 2 }], seed: 5 }).save(
      folder.file('network.safetensors'),
    );
    expect((await folder.run('inspect', 'network.safetensors')).stdout).toMatch(
      /a network, seed 5\n(.*\n)*.*\(2, 3\)/,
    );
  });

  test.each([
    ['inspect', 'rows.csv'],
    ['evaluate', 'rows.csv', 'rows.csv'],
    ['export', 'rows.csv', '--onnx', 'never.onnx'],
  ])('%s says that another file is no model', async (...args) => {
    const stderr = 'chainrule: rows.csv is no model of chainrule\n';
    expect(await folder.run(...args)).toEqual({ status: 1, stdout: '', stderr });
  });

  test.each([
    ['inspect', 'none.safetensors'],
    ['predict', 'none.safetensors', 'rows.csv'],
  ])('%s says that a file is not there', async (...args) => {
    const stderr = 'chainrule: there is no file none.safetensors\n';
    expect(await folder.run(...args)).toEqual({ status: 1, stdout: '', stderr });
  });
});

describe('export', () => {
  test('writes what other software reads', async () => {
    const args = ['export', 'mood.safetensors', '--onnx', 'mood.onnx', '--module', 'mood.mjs'];
    const { status, stdout, stderr } = await folder.run(...args);
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    expect(stderr).toMatch(/^mood\.onnx \(\d+ KB\)\nmood\.mjs \(\d+ KB\)\n$/);
    const session = await InferenceSession.create(folder.file('mood.onnx'));
    expect(session.inputNames.length).toBeGreaterThan(0);
    const model = await MLPClassifier.load(folder.file('mood.safetensors'));
    expect(readFileSync(folder.file('mood.onnx')).equals(model.toONNX())).toBe(true);
    expect(folder.read('mood.mjs')).toBe(model.toModule());
  });

  test('needs to be told what', async () => {
    const { status, stderr } = await folder.run('export', 'mood.safetensors');
    expect(status).toBe(2);
    expect(stderr).toContain('--onnx FILE or --module FILE');
  });
});
