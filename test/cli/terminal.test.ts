/** The bar and signals on a terminal, which tmux plays. */

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { MLPClassifier } from '../../src/index.js';
import { Folder } from './files.js';
import { cli } from './run-cli.js';

const hasTmux = spawnSync('tmux', ['-V']).status === 0;
/** A server of its own for each test: one that ends may still hold its socket. */
let server = 0;
const socket = () => `chainrule-test-${process.pid}-${server}`;

function tmux(...args: string[]): string {
  return execFileSync('tmux', ['-L', socket(), '-f', '/dev/null', ...args], { encoding: 'utf8' });
}

/** The text on the terminal, with colours if asked. */
function screen(...more: string[]): string {
  return tmux('capture-pane', '-p', '-t', 'test', ...more);
}

async function waitFor(pattern: RegExp): Promise<string> {
  for (const end = performance.now() + 20_000; ; await wait(50)) {
    const text = screen();
    if (pattern.test(text)) return text;
    if (performance.now() > end) throw new Error(`the terminal never showed ${pattern}:\n${text}`);
  }
}

let folder: Folder;
beforeAll(async () => {
  folder = await Folder.create();
  const rows = Array.from(
    { length: 2000 },
    (_, i) => `${(i * 37) % 100},${(i * 53) % 71},${['up', 'down'][i % 2]}`,
  );
  folder.write('rows.csv', ['a,b,y', ...rows, ''].join('\n'));
});

/** Begins a training that would take hours. */
function begin(...environment: string[]): void {
  const args = [
    'train',
    'rows.csv',
    '--target',
    'y',
    '--epochs',
    '1000000',
    '--members',
    '1',
    '--hidden',
    '64',
  ];
  server++;
  tmux('new-session', '-d', '-s', 'test', '-x', '80', '-y', '24', '-c', folder.path, 'sh');
  const command = [
    'env',
    'LC_ALL=C.UTF-8',
    ...environment,
    process.execPath,
    cli,
    ...args,
    '--out',
    'kept.safetensors',
  ];
  tmux(
    'send-keys',
    '-t',
    'test',
    `${command.map((each) => `'${each}'`).join(' ')}; echo "status $?"`,
    'Enter',
  );
}

afterEach(() => {
  if (hasTmux) spawnSync('tmux', ['-L', socket(), 'kill-server']);
});

describe.skipIf(!hasTmux)('on a terminal', () => {
  test('a bar shows the training, in the width of the terminal; Ctrl-C keeps the model', async () => {
    begin();
    await waitFor(/training [█░]{8,30} +\d+% .*loss \d.*left/);
    expect(screen('-e')).toContain('\u001b[2m');
    // One line, which is drawn again and again.
    await wait(500);
    expect(screen().match(/training/g)).toHaveLength(1);
    tmux('resize-window', '-t', 'test', '-x', '50', '-y', '24');
    await wait(500);
    const narrow = screen().trimEnd().split('\n').at(-1) as string;
    expect(narrow).toMatch(/^training [█░]{8,30} +\d+% .*left$/);
    expect(narrow.length).toBeLessThan(50);
    tmux('resize-window', '-t', 'test', '-x', '120', '-y', '24');
    await waitFor(/rows\/s .*left$/m);

    tmux('send-keys', '-t', 'test', 'C-c');
    const end = await waitFor(/status 0/);
    expect(end).toMatch(/stopped by Ctrl-C after \d+ of 1000000 epochs; kept\.safetensors has the best/);
    expect(end).toMatch(/^rows +2,000 of rows\.csv/m);
    expect(tmux('display', '-p', '-t', 'test', '#{cursor_flag}')).toBe('1\n');
    const model = await MLPClassifier.load(folder.file('kept.safetensors'));
    expect(model.history.stoppedBy).toBe('aborted');
    expect(model.predict([{ a: 1, b: 2 }])).toHaveLength(1);
  });

  test('NO_COLOR turns colours off, not the bar', async () => {
    begin('NO_COLOR=1');
    await waitFor(/training [█░]{8,30} +\d+% .*loss/);
    expect(screen('-e')).not.toContain('\u001b[');
    tmux('send-keys', '-t', 'test', 'C-c');
    await waitFor(/status 0/);
  });
});

describe.skipIf(process.platform === 'win32')('a signal', () => {
  /** Starts a long training of a log, sends signals from its first epoch on, and returns how it ended. */
  async function interrupt(out: string, signals: [NodeJS.Signals, number][]) {
    const { spawn } = await import('node:child_process');
    const args = [
      'train',
      'rows.csv',
      '--target',
      'y',
      '--epochs',
      '1000000',
      '--members',
      '1',
      '--out',
      out,
    ];
    const child = spawn(process.execPath, [cli, ...args], { cwd: folder.path });
    let stderr = '';
    const firstEpoch = new Promise<void>((resolve) => {
      child.stderr.on('data', (text) => {
        stderr += text;
        if (/epoch 1 of/.test(stderr)) resolve();
      });
    });
    const ended = new Promise<number | string | null>((resolve) => {
      child.once('close', (status, signal) => resolve(status ?? signal));
    });
    await firstEpoch;
    for (const [signal, pause] of signals) {
      child.kill(signal);
      await wait(pause);
    }
    return { status: await ended, stderr };
  }

  test('to end keeps the model, like Ctrl-C', async () => {
    const { status, stderr } = await interrupt('terminated.safetensors', [['SIGTERM', 0]]);
    expect(status).toBe(0);
    expect(stderr).toMatch(/stopped by SIGTERM after \d+ of 1000000 epochs/);
    expect(existsSync(folder.file('terminated.safetensors'))).toBe(true);
  });

  test('that comes twice within milliseconds, as npx passes them on, counts once', async () => {
    const { status } = await interrupt('twice.safetensors', [
      ['SIGINT', 20],
      ['SIGINT', 0],
    ]);
    expect(status).toBe(0);
    expect(existsSync(folder.file('twice.safetensors'))).toBe(true);
  });
});

test('the second Ctrl-C ends the program at once', async () => {
  const { runChild } = await import('../child.js');
  const file = new URL('../../src/cli/train/interrupt.ts', import.meta.url);
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: [file.pathname],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
  });
  const module = `data:text/javascript;base64,${Buffer.from(outputFiles[0].text).toString('base64')}`;
  const { status, stdout } = await runChild(`
    const { Interrupt } = await import('${module}');
    const interrupt = new Interrupt();
    interrupt.signal.addEventListener('abort', () => console.log('asked to stop'));
    setInterval(() => {}, 1000);
    process.kill(process.pid, 'SIGINT');
    setTimeout(() => process.kill(process.pid, 'SIGINT'), 600);
  `);
  expect({ status, stdout }).toEqual({ status: 130, stdout: 'asked to stop\n' });
});
