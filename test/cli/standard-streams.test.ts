/** `-` for standard input and output, and the endings of files. */

import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, test } from 'vitest';
import { coloured, Folder, QUICK } from './files.js';
import { cli } from './run-cli.js';

let folder: Folder;
beforeAll(async () => {
  folder = await Folder.create();
  folder.write('rows.csv', coloured());
  await folder.train('rows.csv', 'mood', '--out', 'mood.safetensors', ...QUICK);
});

/** The program in a shell, since Node gives its children sockets, not pipes. */
function shell(script: string) {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', script, process.execPath, cli], {
    cwd: folder.path,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

describe.skipIf(process.platform === 'win32')('-', () => {
  test('is standard input, of a pipe or a file, and standard output', async () => {
    const { stdout } = await folder.run('predict', 'mood.safetensors', 'rows.csv');
    expect(stdout.split('\n')).toHaveLength(42);
    const same = { status: 0, stdout, stderr: '' };
    expect(shell('cat rows.csv | "$0" "$1" predict mood.safetensors - --out -')).toEqual(same);
    expect(shell('"$0" "$1" predict mood.safetensors - < rows.csv')).toEqual(same);
  });

  test('is what train and evaluate read, too', async () => {
    const trained = shell(
      `cat rows.csv | "$0" "$1" train - --target mood --out piped.safetensors --seed 1 --json ${QUICK.join(' ')}`,
    );
    expect(JSON.parse(trained.stdout)).toMatchObject({ rows: 40, target: 'mood' });
    const evaluated = await folder.run('evaluate', 'mood.safetensors', 'rows.csv');
    expect(shell('cat rows.csv | "$0" "$1" evaluate piped.safetensors -').stdout).toBe(evaluated.stdout);
  });

  test('is not written over by an output either', () => {
    const { status, stderr } = shell('"$0" "$1" predict mood.safetensors - --out rows.csv < rows.csv');
    expect(status).toBe(2);
    expect(stderr).toContain('the same file as FILE');
    expect(folder.read('rows.csv')).toBe(coloured());
  });
});

describe('the ending of --out', () => {
  test.each(['x.xlsx', 'x.csv.gz', 'x.txt'])('has to be known: %s', async (out) => {
    const { status, stdout, stderr } = await folder.run(
      'predict',
      'mood.safetensors',
      'rows.csv',
      '--out',
      out,
    );
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(`--out is ${out}, expected a name that ends in .csv, .tsv,`);
  });

  test('may lack, for CSV', async () => {
    const { stdout } = await folder.run('predict', 'mood.safetensors', 'rows.csv');
    expect((await folder.run('predict', 'mood.safetensors', 'rows.csv', '--out', 'plain')).status).toBe(0);
    expect(folder.read('plain')).toBe(stdout);
  });
});
