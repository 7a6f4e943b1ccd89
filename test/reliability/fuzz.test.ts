/** Promises 1 and 2, in short; `npm run test:fuzz` does the same with many more trials. */

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const RUN = fileURLToPath(new URL('../fuzz/run.mjs', import.meta.url));
const PARSERS = [
  'network',
  'estimator',
  'checkpoint',
  'training',
  'onnx',
  'tfjs',
  'brain',
  'csv',
  'json',
  'idx',
  'arrow',
  'parquet',
];

describe('mutants of files', () => {
  it('are read or refused by every parser', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      ...[RUN, '--trials', '40', '--sample', '30'],
    ]);
    const lines = stdout.split('\n').filter((line) => line.includes(': 0 failures'));
    expect(lines.map((line) => line.split(' ')[0])).toEqual(PARSERS);
  });
});
