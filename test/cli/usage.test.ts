import { describe, expect, test } from 'vitest';
import { VERSION } from '../../src/version.js';
import { runCli } from './run-cli.js';

describe('the command line', () => {
  test.each([
    ['nothing', []],
    ['an unknown command', ['doctr']],
    ['an unknown option', ['doctor', '--jsn']],
    ['an argument too many', ['doctor', 'now']],
    ['no number of seconds', ['doctor', '--time-limit', 'long']],
    ['an option without its value', ['build', '--out']],
  ])('ends with status 2 on %s', async (_, args) => {
    const { status, stdout, stderr } = await runCli(args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/--help/);
  });

  test('says what was probably meant', async () => {
    expect((await runCli(['doctr'])).stderr).toContain('Did you mean doctor?');
    expect((await runCli(['doctor', '--jsn'])).stderr).toContain('Did you mean --json?');
  });

  test.each([
    [['--help']],
    [['doctor', '--help']],
    [['build', '--help']],
    [['train', '--help']],
    [['predict', '--help']],
    [['evaluate', '--help']],
    [['inspect', '--help']],
    [['export', '--help']],
    [['help', 'build']],
  ])('helps with examples: %j', async (args) => {
    const { status, stdout, stderr } = await runCli(args);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/Examples:\n {2}\$ npx chainrule /);
    // Only for the program itself.
    expect(stdout).not.toContain('probe');
  });

  test('prints its version', async () => {
    expect(await runCli(['--version'])).toEqual({ status: 0, stdout: `${VERSION}\n`, stderr: '' });
  });
});
