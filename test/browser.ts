/** A real browser for tests of pages, and what a page must not do in it. */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe } from 'vitest';

const { findBrowser } = await import(new URL('../scripts/system-packages.mjs', import.meta.url).href);

/** '' if there is none. */
export const BROWSER: string = findBrowser();

/** Nothing that a browser does on its own may look like a request of the page. */
const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Tests that share one browser. Without one they are skipped, and their name says why. */
export function describeInBrowser(name: string, tests: (browser: () => Browser) => void): void {
  if (BROWSER === '') {
    describe.skip(`${name}: skipped, since no chromium is on the PATH (apt-get install chromium)`, () =>
      tests(() => {
        throw new Error('there is no browser');
      }));
    return;
  }
  describe(name, () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await chromium.launch({ executablePath: BROWSER, args: QUIET });
    });
    afterAll(() => browser?.close());
    tests(() => browser);
  });
}

/** A page that is watched from before it loads anything. */
export interface WatchedPage {
  page: Page;
  /** Errors and warnings of its console, exceptions, requests that failed. */
  faults: string[];
  /** Addresses of all requests, that of the page itself included. */
  requests: string[];
}

/** Opens an empty page in a context of its own; close `page.context()` after use. */
export async function watchedPage(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const faults: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) faults.push(`${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => faults.push(`exception: ${error.message}`));
  page.on('requestfailed', (request) => faults.push(`request failed: ${request.url()}`));
  page.on('request', (request) => requests.push(request.url()));
  return { page, faults, requests };
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe-core finds wrong for people who see, hear or move less, a line each. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    // biome-ignore lint/suspicious/noExplicitAny: axe is a global of the page
    const { violations } = await (globalThis as any).axe.run();
    return violations.map(
      ({
        id,
        help,
        nodes,
      }: {
        id: string;
        help: string;
        nodes: { html: string; failureSummary: string }[];
      }) =>
        `${id}: ${help}: ${nodes
          .slice(0, 3)
          .map(({ html, failureSummary }) => `${html.slice(0, 200)} ${failureSummary}`)
          .join('; ')} (${nodes.length} in all)`,
    );
  });
}
