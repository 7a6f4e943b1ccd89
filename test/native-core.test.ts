import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';

const coreTest = fileURLToPath(new URL('../build/Release/core_test', import.meta.url));

// The core's own tests, in C++; they are built if doctest's header is found.
describe.runIf(existsSync(coreTest))('native core', async () => {
  const run = promisify(execFile);
  const { stdout: list } = await run(coreTest, ['--list-test-cases', '--no-version', '--no-intro']);
  const names = list.split('\n').filter((line) => line !== '' && !line.startsWith('[') && !/^=+$/.test(line));

  test('there are tests', () => expect(names.length).toBeGreaterThan(30));

  test.for(names)('%s', async (name) => {
    // Commas separate patterns; a question mark stands for any one character.
    const { stdout } = await run(coreTest, [`--test-case=${name.replaceAll(',', '?')}`]).catch(
      (error) => error,
    );
    expect(stdout).toMatch(/test cases: +1 \| +1 passed \| 0 failed/);
  });
});
