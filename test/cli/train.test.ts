import { existsSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadEstimator, MLPClassifier, MLPRegressor, readTable } from '../../src/index.js';
import { VERSION } from '../../src/version.js';
import { coloured, Folder, penguins, QUICK, readJson, vegaFile } from './files.js';

let folder: Folder;
beforeAll(async () => {
  folder = await Folder.create();
});

describe('train needs no option but --target, and gives what the estimator gives', () => {
  test('of penguins.json', async () => {
    const { result } = await folder.train(penguins, 'Species', '--out', 'penguins.safetensors');
    const rows = readJson(penguins);
    const direct = await new MLPClassifier({ seed: 1 }).fit(rows, 'Species');
    const loaded = (await loadEstimator(folder.file('penguins.safetensors'))) as MLPClassifier;
    expect(loaded.predictProbability(rows)).toEqual(direct.predictProbability(rows));
    expect(result).toMatchObject({
      chainrule: VERSION,
      task: 'classification',
      target: 'Species',
      rows: 344,
      networks: 5,
      seed: 1,
      stoppedEarly: null,
      model: 'penguins.safetensors',
    });
    expect(result.classes).toContainEqual({ label: 'Adelie', rows: 152 });
    expect(result.heldOut.metrics.accuracy).toBeGreaterThan(0.95);
    expect(result.heldOut.baseline.accuracy).toBeCloseTo(152 / 344, 10);
  });

  test('of cars.json', async () => {
    const cars = vegaFile('cars.json');
    const { result, stderr } = await folder.train(cars, 'Miles_per_Gallon', '--out', 'cars.safetensors');
    expect(result).toMatchObject({ task: 'regression', rows: 406, trainRows: 398, classes: null });
    expect(stderr).toMatch(/8 rows have no value of 'Miles_per_Gallon'.*lines? \d/);
    expect(result.heldOut.metrics.rmse).toBeLessThan(0.5 * result.heldOut.baseline.rmse);
    const rows = readJson(cars).filter((row) => row.Miles_per_Gallon !== null);
    const direct = await new MLPRegressor({ seed: 1 }).fit(rows, 'Miles_per_Gallon');
    const loaded = (await loadEstimator(folder.file('cars.safetensors'))) as MLPRegressor;
    expect(loaded.predict(rows)).toEqual(direct.predict(rows));
  });

  test('of seattle-weather.csv, with the predictions of the command line', async () => {
    const weather = vegaFile('seattle-weather.csv');
    await folder.train(weather, 'weather', '--out', 'weather.safetensors');
    const { stdout } = await folder.run('predict', 'weather.safetensors', weather);
    const table = await readTable(weather);
    const direct = await new MLPClassifier({ seed: 1 }).fit(table, 'weather');
    expect(stdout).toBe(['prediction', ...direct.predict(table), ''].join('\n'));
  });
});

describe('columns', () => {
  const text = ['id,note,zip,size,weight,mood'];
  for (let i = 0; i < 40; i++)
    text.push(`p${i},n,0${1000 + (i % 3)},${i % 7},${1 + (i % 2)},${i % 2 ? 'up' : 'down'}`);

  test('are for what the arguments say', async () => {
    folder.write('roles.csv', `${text.join('\n')}\n`);
    const args = [
      '--id',
      'id',
      '--ignore',
      'note',
      '--columns',
      'zip=categorical',
      '--weight',
      'weight',
      ...QUICK,
    ];
    const { result } = await folder.train('roles.csv', 'mood', '--out', 'roles.safetensors', ...args);
    const of = (name: string) => result.columns.find((column: { name: string }) => column.name === name);
    expect(of('id')).toMatchObject({ role: 'id', used: false });
    expect(of('note')).toMatchObject({ role: 'feature', used: false, reason: 'left out as asked' });
    expect(of('zip')).toMatchObject({ kind: 'categorical', used: true, features: 3 });
    expect(of('weight')).toMatchObject({ role: 'weight', used: false });
    expect(of('mood')).toMatchObject({ role: 'target' });
    const { stdout } = await folder.run('predict', 'roles.safetensors', 'roles.csv');
    expect(stdout.split('\n').slice(0, 2)).toEqual([
      'id,prediction',
      expect.stringMatching(/^p0,(up|down)$/),
    ]);
  });

  test.each([
    ['a column twice', ['--id', 'id', '--ignore', 'id'], 2, "column 'id' is given to --id and to --ignore"],
    ['the target as a feature', ['--ignore', 'mood'], 2, "'mood' is given to --target and to --ignore"],
    ['an unknown kind', ['--columns', 'zip=categorial'], 2, "did you mean 'categorical'?"],
    ['no kind', ['--columns', 'zip'], 2, 'zip=categorical'],
    ['an unknown column', ['--ignore', 'nte'], 1, "no column 'nte' (--ignore); did you mean 'note'?"],
    ['a weight that is none', ['--weight', 'note'], 1, "line 2: the weight 'note' is 'n'"],
    [
      'a metric of the other task',
      ['--task', 'classification', '--metric', 'rmse'],
      2,
      'accuracy, logLoss, auc',
    ],
    ['amounts of texts', ['--task', 'regression'], 1, "line 2: 'mood' is 'down', expected a number"],
    ['no time', ['--time-limit', '5 days'], 2, '60s'],
    ['no widths', ['--hidden', '64,x'], 2, '64,32'],
  ])('are refused: %s', async (_, args, status, message) => {
    folder.write('roles.csv', `${text.join('\n')}\n`);
    const result = await folder.run(
      'train',
      'roles.csv',
      '--target',
      'mood',
      ...args,
      '--out',
      'never.safetensors',
    );
    expect(result).toMatchObject({ status, stdout: '' });
    expect(result.stderr).toContain(message);
    expect(existsSync(folder.file('never.safetensors'))).toBe(false);
  });

  test('may be named in another letter case, and by their places without names', async () => {
    folder.write('case.csv', coloured());
    const { status, stderr } = await folder.run('train', 'case.csv', '--target', 'Mood', ...QUICK);
    expect(status).toBe(0);
    expect(stderr).toContain("--target 'Mood': taking column 'mood'");
    folder.write('plain.csv', coloured().split('\n').slice(1).join('\n'));
    const { result } = await folder.train('plain.csv', '2', '--no-header', ...QUICK);
    expect(result).toMatchObject({ target: '2', rows: 40, task: 'classification' });
  });

  test('with commas in their names are taken whole', async () => {
    folder.write('commas.csv', coloured().replace('size,', '"size, in cm",'));
    const { result } = await folder.train('commas.csv', 'mood', '--ignore', 'size, in cm', ...QUICK);
    expect(result.columns[0]).toMatchObject({ name: 'size, in cm', used: false });
  });
});

describe('the file', () => {
  test.each([
    ['that is not there', 'none.csv', 'x', 'none.csv'],
    ['without the target', 'case2.csv', 'mod', "no column 'mod' (--target); did you mean 'mood'?"],
    ['with one class', 'one-class.csv', 'mood', 'one value in all rows'],
    ['with one row', 'one-row.csv', 'mood', '1 row'],
    ['without rows', 'no-rows.csv', 'mood', 'no rows'],
    ['with a broken line', 'broken.csv', 'mood', 'line 5 of broken.csv'],
  ])('%s is an error with status 1', async (_, file, target, message) => {
    const [head, first] = coloured().split('\n');
    folder.write('case2.csv', coloured());
    folder.write('one-class.csv', coloured().replaceAll('cold', 'warm'));
    folder.write('one-row.csv', `${head}\n${first}\n`);
    folder.write('no-rows.csv', `${head}\n`);
    folder.write('broken.csv', coloured().replace(/^(.*\n.*\n.*\n.*\n)(.*)\n/, '$1$2,more\n'));
    const { status, stdout, stderr } = await folder.run('train', file, '--target', target);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^ {4}at /m);
  });

  test('may have copies of rows, which is said', async () => {
    const lines = coloured(20).trimEnd().split('\n');
    folder.write('copies.csv', [...lines, ...lines.slice(1, 4), ''].join('\n'));
    const { result } = await folder.train('copies.csv', 'mood', ...QUICK);
    expect(result.warnings).toContainEqual(expect.stringContaining('3 of 23 rows are exact copies'));
  });

  test('cannot write to the terminal but as text', async () => {
    folder.write('escape.csv', `a,b\u001b[31m\n1,2\n`);
    const { stderr } = await folder.run('train', 'escape.csv', '--target', 'target');
    expect(stderr).toContain('b\\x1b[31m');
    expect(stderr).not.toContain('\u001b');
  });
});

describe('the model', () => {
  test('goes to model.safetensors, and replaces only models', async () => {
    const other = await Folder.create();
    other.write('rows.csv', coloured());
    expect((await other.run('train', 'rows.csv', '--target', 'mood', ...QUICK)).status).toBe(0);
    expect((await other.run('train', 'rows.csv', '--target', 'mood', ...QUICK)).status).toBe(0);
    expect(existsSync(other.file('model.safetensors'))).toBe(true);
    other.write('notes.txt', 'mine');
    const wrong = await other.run('train', 'rows.csv', '--target', 'mood', ...QUICK, '--out', 'notes.txt');
    expect(wrong.status).toBe(1);
    expect(wrong.stderr).toContain('notes.txt exists and is not a model of chainrule');
    expect(other.read('notes.txt')).toBe('mine');
    const nowhere = await other.run('train', 'rows.csv', '--target', 'mood', '--out', 'no/model.safetensors');
    expect(nowhere.stderr).toContain('there is no folder no');
  });

  test('is tested on the rows of --validation', async () => {
    folder.write('training.csv', coloured(60));
    folder.write('validation.csv', coloured(12));
    const { result } = await folder.train('training.csv', 'mood', '--validation', 'validation.csv');
    expect(result).toMatchObject({ networks: 1, heldOut: { rows: 12 }, trainRows: 60 });
    folder.write('wrong.csv', coloured(12).replace('cold', 'icy'));
    const wrong = await folder.run('train', 'training.csv', '--target', 'mood', '--validation', 'wrong.csv');
    expect(wrong.stderr).toContain("wrong.csv, line 3: 'mood' is 'icy', expected one of the classes");
  });

  test('is written when the time is up', async () => {
    folder.write('timed.csv', coloured(400));
    const { result } = await folder.train(
      'timed.csv',
      'mood',
      '--epochs',
      '1000000',
      '--time-limit',
      '900ms',
    );
    expect(result.stoppedEarly).toMatch(/^stopped by the time limit after \d+ of \d+ epochs/);
    expect(result.seconds).toBeLessThan(20);
  });
});

test('a report has what was read, and the command that makes the model again', async () => {
  folder.write('reported.csv', coloured());
  const args = ['train', 'reported.csv', '--target', 'mood', ...QUICK, '--report', 'report.html', '--quiet'];
  expect((await folder.run(...args)).status).toBe(0);
  const html = folder.read('report.html');
  expect(html).toMatch(/^<!doctype html>/i);
  expect(html).toMatch(/npx chainrule train reported\.csv --target mood .* --seed \d+/);
  const evaluated = await folder.run(
    'evaluate',
    'model.safetensors',
    'reported.csv',
    '--report',
    'test.html',
  );
  expect(evaluated.stderr).toContain('test.html: a report');
  expect(folder.read('test.html')).toContain('reported.csv');
});

describe('what is printed', () => {
  test('on stdout is the summary alone, without colours, and a line of a log for each epoch', async () => {
    folder.write('log.csv', coloured());
    const args = ['train', 'log.csv', '--target', 'mood', '--members', '1', '--hidden', '4', '--epochs', '3'];
    const { stdout, stderr } = await folder.run(...args, '--seed', '1');
    expect(stderr.match(/^epoch \d of 3: loss .*rows\/s$/gm)).toHaveLength(3);
    expect(stderr).toContain("task: classification, since 'mood' holds texts");
    expect(stdout).toMatch(/^rows +40 of log\.csv\n/);
    expect(stdout).toContain('npx chainrule predict model.safetensors NEW_ROWS --out predictions.csv');
    expect(stdout + stderr).not.toContain('\u001b');
  });

  test('is nothing with --quiet, unless something is odd', async () => {
    folder.write('quiet.csv', coloured());
    const quiet = await folder.run('train', 'quiet.csv', '--target', 'mood', ...QUICK, '--quiet');
    expect(quiet).toEqual({ status: 0, stdout: '', stderr: expect.stringMatching(/^(warning: .*\n)*$/) });
  });

  test('of an unexpected error is short; CHAINRULE_DEBUG=1 gives the stack', async () => {
    const { describeError } = await import('../../src/cli/shared/failure.js');
    const error = new TypeError('x is not a function');
    expect(describeError(error, {})).not.toMatch(/^ {4}at /m);
    expect(describeError(error, {})).toContain('CHAINRULE_DEBUG=1');
    expect(describeError(error, { CHAINRULE_DEBUG: '1' })).toMatch(/^ {4}at /m);
  });
});
