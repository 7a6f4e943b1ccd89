/** The examples, run as users run them, with the built package. */

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessibilityFaults, describeInBrowser, watchedPage } from './browser.js';
import { makeFolder } from './package-folder.js';

const inExamples = (name: string) => fileURLToPath(new URL(`../examples/${name}`, import.meta.url));

/** What an example prints, run in an empty folder. */
async function run(name: string, ...given: string[]): Promise<string> {
  const cwd = await makeFolder();
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [inExamples(name), ...given], {
    cwd,
  });
  expect(stderr).toBe('');
  return stdout;
}

/** The numbers that stand in `text` where `pattern` has groups. */
function numbersIn(text: string, pattern: RegExp): number[] {
  const [, ...groups] = text.match(pattern) ?? [];
  expect(groups, text).not.toEqual([]);
  return groups.map(Number);
}

describe.concurrent('the example', () => {
  it('table-from-csv learns the weather, and predicts from the saved file', async () => {
    const text = await run('table-from-csv.mjs');
    const [right, usual] = numbersIn(text, /(\d+) % of the rows are predicted .*would be right for (\d+) %/s);
    expect(right).toBeGreaterThan(usual + 20);
    expect(text).toMatch(/date +date\b/);
    expect(text).toMatch(/Saved as table.safetensors, loaded again.*is true; predicted: drizzle /s);
  });

  it('table-from-csv takes another file', async () => {
    const text = await run(
      'table-from-csv.mjs',
      fileURLToPath(new URL('fixtures/iris.csv', import.meta.url)),
      'species',
    );
    expect(text).toContain('iris.csv: 150 rows, 5 columns');
    expect(numbersIn(text, /(\d+) % of the rows are predicted/)[0]).toBeGreaterThan(90);
  });

  it('regression-with-intervals covers about what it was asked for', async () => {
    const text = await run('regression-with-intervals.mjs');
    const [inside, all] = numbersIn(text, /(\d+) of (\d+) are inside their intervals/);
    expect(inside / all).toBeGreaterThan(0.8);
  });

  it('duckdb predicts tomorrow better than today does', async () => {
    const text = await run('duckdb.mjs');
    const [ours, asToday] = numbersIn(text, /of the prediction: ([\d.]+) °C.*"as today": +([\d.]+) °C/s);
    expect(ours).toBeLessThan(asToday);
  });

  it('k-fold-and-search tries every combination', async () => {
    const text = await run('k-fold-and-search.mjs', '--quick');
    expect(text.match(/fold \d: [\d.]+ % right/g)).toHaveLength(5);
    expect(text.match(/% right with hiddenLayers/g)).toHaveLength(4);
    const [before, after] = numbersIn(text, /([\d.]+) % right with the defaults, ([\d.]+) % with the best/);
    expect(Math.min(before, after)).toBeGreaterThan(60);
  });
});

describe('the example of a service', () => {
  let server: ChildProcess;
  let address: string;

  beforeAll(async () => {
    server = spawn(process.execPath, [inExamples('service/server.mjs')], {
      env: { ...process.env, PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: server.stdout as NodeJS.ReadableStream });
    const [line] = await once(lines, 'line');
    address = String(line).replace('listening on ', '');
  });
  afterAll(async () => {
    server.kill('SIGTERM');
    const [status] = await once(server, 'exit');
    expect(status).toBe(0);
  });

  const predict = (body: unknown) =>
    fetch(`${address}/predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  interface Answer {
    version: number;
    classes: string[];
    probabilities: number[][];
    message: string;
  }
  const answer = async (body: unknown) => (await (await predict(body)).json()) as Answer;
  const order = { category: 'books', price: 12, firstOrder: true, age: null };

  it('predicts, and says what is wrong with rows', async () => {
    const { version, classes, probabilities } = await answer({ rows: [order, order] });
    expect([version, classes]).toEqual([1, ['kept', 'returned']]);
    expect(probabilities[0][0]).toBeGreaterThan(0.5);
    const wrong = { ...order, price: 'cheap' };
    expect((await predict({ rows: [wrong] })).status).toBe(400);
    expect((await answer({ rows: [wrong] })).message).toBe(
      "column 'price' holds 'cheap' in row 0 (from 0), expected a number",
    );
    expect((await predict({})).status).toBe(400);
  });

  describeInBrowser('on its page', (browser) => {
    it('trains, shows how that goes, and swaps the model without dropping a request', async () => {
      const { page, faults, requests } = await watchedPage(browser());
      await page.goto(address);
      await page.getByRole('button', { name: 'Ask without pause' }).click();
      await page.getByRole('button', { name: 'Train on the latest orders' }).click();
      await page.getByText(/Version 2 is in use/).waitFor();
      await page.locator('#answers tr').nth(1).waitFor();
      const [versions, failed] = await Promise.all([
        page.locator('#answers td:first-child').allTextContents(),
        page.locator('#failed').textContent(),
      ]);
      expect({ versions, failed }).toEqual({ versions: ['1', '2'], failed: '0' });
      expect(await page.getByRole('img').getAttribute('aria-label')).toMatch(/after \d+ of \d+ epochs/);
      expect(await page.locator('#chart polyline').count()).toBe(4);
      await page.getByRole('button', { name: 'Stop asking' }).click();
      expect(await accessibilityFaults(page)).toEqual([]);
      await page.context().close();
      expect(faults).toEqual([]);
      expect(requests.filter((url) => !url.startsWith(address))).toEqual([]);
    });

    it('stops training early, and keeps the model', async () => {
      const { page, faults } = await watchedPage(browser());
      await page.goto(address);
      await page.getByRole('button', { name: 'Train on the latest orders' }).click();
      await page.getByRole('button', { name: 'Stop', exact: true }).click();
      await page.getByText('Stopped. The model in use stays.').waitFor();
      expect(await page.locator('#version').textContent()).toBe('2');
      expect((await predict({ rows: [order] })).status).toBe(200);
      await page.context().close();
      expect(faults).toEqual([]);
    });
  });
});
