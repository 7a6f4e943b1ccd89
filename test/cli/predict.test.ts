import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { beforeAll, describe, expect, test } from 'vitest';
import { BatchWarnings } from '../../src/cli/shared/batch-warnings.js';
import { MLPClassifier, MLPRegressor, Network } from '../../src/index.js';
import { coloured, Folder, QUICK } from './files.js';
import { cli } from './run-cli.js';

let folder: Folder;
beforeAll(async () => {
  folder = await Folder.create();
  folder.write('rows.csv', coloured());
  await folder.train('rows.csv', 'mood', '--out', 'mood.safetensors', ...QUICK);
  await folder.train('rows.csv', 'size', '--out', 'size.safetensors', '--task', 'regression', ...QUICK);
});

/** The cells of CSV, by another reader. */
const cells = (text: string): string[][] => parse(text);

describe('predictions of classes', () => {
  test('are lines in the order of the rows, as the estimator gives them', async () => {
    const { status, stdout, stderr } = await folder.run(
      'predict',
      'mood.safetensors',
      'rows.csv',
      '--probabilities',
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const [names, ...rows] = cells(stdout);
    expect(names).toEqual(['prediction', 'probability of cold', 'probability of warm']);
    const model = await MLPClassifier.load(folder.file('mood.safetensors'));
    const [, ...given] = cells(coloured());
    const table = given.map(([size, colour]) => ({ size, colour }));
    const shares = model.predictProbability(table);
    expect(rows).toEqual(model.predict(table).map((label, i) => [label, ...shares[i].map(String)]));
  });

  test.each([
    ['tsv', (text: string) => parse(text, { delimiter: '\t' }).slice(1)],
    [
      'jsonl',
      (text: string) =>
        text
          .trimEnd()
          .split('\n')
          .map((line) => Object.values(JSON.parse(line))),
    ],
    ['json', (text: string) => JSON.parse(text).predictions.map((row: object) => Object.values(row))],
  ])('go to a file of the format that its name says: %s', async (format, read) => {
    const csv = cells((await folder.run('predict', 'mood.safetensors', 'rows.csv')).stdout).slice(1);
    const out = `out.${format}`;
    const { stdout, stderr } = await folder.run('predict', 'mood.safetensors', 'rows.csv', '--out', out);
    expect({ stdout, stderr }).toEqual({ stdout: '', stderr: `${out}: predictions for 40 rows\n` });
    expect(read(folder.read(out))).toEqual(csv);
  });

  test('are one JSON document with --json', async () => {
    const { stdout } = await folder.run(
      'predict',
      'mood.safetensors',
      'rows.csv',
      '--json',
      '--probabilities',
    );
    const { predictions, ...facts } = JSON.parse(stdout);
    expect(facts).toMatchObject({ command: 'predict', target: 'mood', rows: 40, warnings: [] });
    expect(Object.keys(predictions[0])).toEqual(['prediction', 'probability of cold', 'probability of warm']);
  });

  test('copy columns, with the texts that they have', async () => {
    const text = coloured(4)
      .split('\n')
      .map((line, i) => line && (i === 0 ? `no,${line}` : `00${i},${line}`));
    folder.write('named.csv', text.join('\n'));
    const { stdout } = await folder.run('predict', 'mood.safetensors', 'named.csv', '--id', 'no,colour');
    expect(cells(stdout).map((row) => row.slice(0, 2))).toEqual([
      ['no', 'colour'],
      ['001', 'red'],
      ['002', 'blue'],
      ['003', 'red'],
      ['004', 'blue'],
    ]);
  });
});

describe('predictions of amounts', () => {
  test('may have intervals', async () => {
    const { stdout } = await folder.run('predict', 'size.safetensors', 'rows.csv', '--interval', '0.5');
    const [names, ...rows] = cells(stdout);
    expect(names).toEqual(['prediction', 'lower', 'upper']);
    const model = await MLPRegressor.load(folder.file('size.safetensors'));
    const table = cells(coloured())
      .slice(1)
      .map(([, colour, mood]) => ({ colour, mood }));
    const { lower, upper } = model.predictInterval(table, { coverage: 0.5 });
    expect(rows).toEqual(model.predict(table).map((value, i) => [value, lower[i], upper[i]].map(String)));
  });

  test.each([
    ['size.safetensors', ['--probabilities'], '--interval'],
    ['mood.safetensors', ['--interval'], '--probabilities'],
    ['size.safetensors', ['--interval', '90'], 'above 0 and below 1'],
    ['size.safetensors', ['--json', '--out', 'x.json'], '--out FILE.json'],
  ])('of the other kind are wrong usage: %s %j', async (model, args, message) => {
    const { status, stdout, stderr } = await folder.run('predict', model, 'rows.csv', ...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});

describe('cells of the output', () => {
  test('are harmless to spreadsheets, and numbers stay numbers', async () => {
    const labels = ['=1+2', '+up', '-down', '@home', '-5', 'say "hi", twice'];
    const rows = Array.from({ length: 60 }, (_, i) => `${i % 6},"${labels[i % 6].replaceAll('"', '""')}"`);
    folder.write('formulas.csv', ['x,word', ...rows, ''].join('\n'));
    await folder.train('formulas.csv', 'word', '--out', 'words.safetensors', '--columns', 'x=categorical');
    folder.write('words.csv', 'x\n0\n1\n2\n3\n4\n5\n');
    const { stdout, stderr } = await folder.run('predict', 'words.safetensors', 'words.csv');
    const guarded = labels.map((label, i) => (i < 4 ? `'${label}` : label));
    expect(cells(stdout).slice(1).flat()).toEqual(guarded);
    expect(stderr.match(/run them as formulas/g)).toHaveLength(1);
    const exact = await folder.run('predict', 'words.safetensors', 'words.csv', '--out', 'words.jsonl');
    expect(exact.stderr).not.toContain('formulas');
    const lines = folder.read('words.jsonl').trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).prediction)).toEqual(labels);
  });
});

describe('a file to predict', () => {
  test('may have categories that training did not have, which is said once for all batches', async () => {
    folder.write('unseen.csv', coloured().replace('red', 'green').replace('blue', 'pink'));
    const { status, stderr } = await folder.run('predict', 'mood.safetensors', 'unseen.csv');
    expect(status).toBe(0);
    expect(stderr).toBe(
      "warning: unseen.csv: column 'colour' holds 'green' in line 2, which was not in the training rows; " +
        '1 more such cell\n',
    );
    const warnings = new BatchWarnings();
    const unseen = 'which was not in the training rows';
    warnings.add(`column 'a' holds 'x' in line 2, ${unseen}; 3 more such cells`);
    warnings.add(`column 'b' holds 'x' in line 2, ${unseen}`);
    warnings.add(`column 'a' holds 'y, z' in line 70000, ${unseen}; 1 more such cell`);
    warnings.add("line 3 of rows lacks 'c', which every training row had; it is taken as missing");
    warnings.add("line 9 of rows lacks 'c', which every training row had; it is taken as missing");
    expect(warnings.sentences()).toEqual([
      `column 'a' holds 'x' in line 2, ${unseen}; 5 more such cells`,
      `column 'b' holds 'x' in line 2, ${unseen}`,
      "line 3 of rows lacks 'c', which every training row had; it is taken as missing; 1 more such row",
    ]);
  });

  test.each([
    ['lacks a column', 'size\n1\n', "wrong.csv lacks the column 'colour'"],
    ['has a word in a column of numbers', 'size,colour\n1,red\nbig,red\n', "'size' holds 'big' in line 3"],
    ['has a broken line', 'size,colour\n1,red\n2\n', 'line 3 of wrong.csv'],
  ])('that %s is an error, and leaves no output', async (_, text, message) => {
    folder.write('wrong.csv', text);
    const { status, stderr } = await folder.run(
      'predict',
      'mood.safetensors',
      'wrong.csv',
      '--out',
      'none.csv',
    );
    expect(status).toBe(1);
    expect(stderr).toContain(message);
    expect(existsSync(folder.file('none.csv'))).toBe(false);
  });

  test('comes after the model', async () => {
    const { status, stderr } = await folder.run('predict', 'rows.csv', 'mood.safetensors');
    expect(status).toBe(1);
    expect(stderr).toContain('the model comes first');
    await new Network({ inputSize: 1, layers: [{ units: 1 }] }).save(folder.file('network.safetensors'));
    expect((await folder.run('predict', 'network.safetensors', 'rows.csv')).stderr).toContain(
      'holds a network',
    );
  });

  test('need not be predicted to its end', async () => {
    const [head, ...lines] = coloured(400).trimEnd().split('\n');
    folder.write('long.csv', [head, ...Array.from({ length: 100 }, () => lines).flat(), ''].join('\n'));
    const child = spawn(process.execPath, [cli, 'predict', 'mood.safetensors', 'long.csv'], {
      cwd: folder.path,
    });
    let stderr = '';
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    child.stdout.once('data', () => child.stdout.destroy());
    const status = await new Promise((resolve) => child.once('close', resolve));
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});
