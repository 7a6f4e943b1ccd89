/** The metric of --metric, in what people read. */

import { beforeAll, describe, expect, test } from 'vitest';
import { coloured, Folder, QUICK } from './files.js';

let folder: Folder;
beforeAll(async () => {
  folder = await Folder.create();
  folder.write('rows.csv', coloured());
});

describe('the metric that is asked for', () => {
  test.each([
    ['mood', 'auc', 'ROC AUC'],
    ['size', 'mae', 'MAE'],
  ])('comes first in the score of %s: %s', async (target, metric, name) => {
    const out = ['--out', `${metric}.safetensors`];
    const { stdout } = await folder.run(
      'train',
      'rows.csv',
      '--target',
      target,
      '--metric',
      metric,
      ...QUICK,
      ...out,
    );
    expect(stdout).toMatch(new RegExp(`^score +${name} -?[\\d.]+, `, 'm'));
    expect((await folder.run('inspect', out[1])).stdout).toMatch(
      new RegExp(`^score +${name} -?[\\d.]+, `, 'm'),
    );
    expect((await folder.run('evaluate', out[1], 'rows.csv')).stdout).toMatch(
      new RegExp(`^  ${name} +-?[\\d.]+$`, 'm'),
    );
  });

  test('is shown where it is not defined', async () => {
    folder.write('one.csv', coloured(1));
    const args = ['--metric', 'auc', ...QUICK, '--out', 'one.safetensors'];
    await folder.train('rows.csv', 'mood', ...args);
    expect((await folder.run('evaluate', 'one.safetensors', 'one.csv')).stdout).toMatch(
      /^ {2}ROC AUC +not defined$/m,
    );
  });
});
