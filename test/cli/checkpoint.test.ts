/** Trainings that signals end, and that go on with --resume. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import { coloured, Folder, QUICK } from './files.js';
import { cli } from './run-cli.js';

let folder: Folder;
beforeAll(async () => {
  folder = await Folder.create();
  folder.write('rows.csv', coloured(400));
});

const SLOW = ['rows.csv', '--target', 'mood', '--hidden', '32', '--epochs', '400', '--members', '2'];

test('after SIGTERM, --resume goes on to the same file, and says from where', async () => {
  await folder.run('train', ...SLOW, '--seed', '3', '--out', 'whole');
  const args = ['train', ...SLOW, '--checkpoint', 'state', '--resume', '--checkpoint-every', '10ms'];
  const child = spawn(process.execPath, [cli, ...args, '--seed', '3', '--out', 'cut'], { cwd: folder.path });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const closed = once(child, 'close');
  while (!existsSync(folder.file('state')) || readdirSync(folder.file('state')).length === 0) await sleep(5);
  child.kill('SIGTERM');
  expect((await closed)[0]).toBe(0);
  expect(stderr).toContain('no checkpoint in state yet: the training begins');
  expect(stderr).toMatch(
    /stopped by SIGTERM after \d+ of 800 epochs.*; cut has the best so far, and .*--resume/,
  );

  // Without a seed: that of the checkpoint is taken.
  const rest = await folder.run(...args, '--out', 'rest', '--json');
  expect(rest.status).toBe(0);
  expect(rest.stderr).toMatch(/going on from .*checkpoint-\d+\.safetensors: \d+ of 800 epochs done/);
  const result = JSON.parse(rest.stdout);
  expect(result).toMatchObject({ seed: 3, epochs: { done: 800, total: 800 }, stoppedEarly: null });
  expect(result.resumedFrom).toMatch(/checkpoint-\d+\.safetensors$/);
  expect(readFileSync(folder.file('rest')).equals(readFileSync(folder.file('whole')))).toBe(true);
});

test('what does not go together is wrong usage, said before anything is read', async () => {
  await folder.run('train', 'rows.csv', '--target', 'mood', ...QUICK, '--checkpoint', 'done', '--seed', '1');
  for (const [more, words] of [
    [['--resume'], '--resume goes with --checkpoint FOLDER'],
    [['--checkpoint-every', '5s'], '--checkpoint-every goes with --checkpoint FOLDER'],
    [['--checkpoint', 'rows.csv'], 'is a file, expected a folder'],
    [['--checkpoint', 'done'], 'has checkpoints of a training: --resume continues it'],
  ] as const) {
    const { status, stderr } = await folder.run('train', 'missing.csv', '--target', 'mood', ...more);
    expect([status, stderr]).toEqual([2, expect.stringContaining(words)]);
  }
});

test('rows that are not those of the checkpoint are refused, and checkpoints are no models', async () => {
  await folder.run('train', 'rows.csv', '--target', 'mood', ...QUICK, '--checkpoint', 'other', '--seed', '1');
  folder.write('changed.csv', coloured(400).replace('red', 'blue'));
  const args = ['changed.csv', '--target', 'mood', ...QUICK, '--checkpoint', 'other', '--resume'];
  const { status, stderr } = await folder.run('train', ...args);
  expect(status).toBe(1);
  expect(stderr).toMatch(/checkpoint-1\.safetensors is of another fit.*(x|validationData) has other values/);
  const inspected = await folder.run('inspect', 'other/checkpoint-1.safetensors');
  expect(inspected.stderr).toContain('is a checkpoint, not a model');
});
