import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { accessibilityFaults, describeInBrowser, watchedPage } from '../browser.js';
import { reports } from './reports.js';

const looks = [
  { colorScheme: 'light', viewport: { width: 1200, height: 900 } },
  { colorScheme: 'dark', viewport: { width: 1200, height: 900 } },
  { colorScheme: 'dark', viewport: { width: 360, height: 740 } },
] as const;

/** All that can look wrong in different ways; each takes a second. */
const shown = ['two classes', 'many classes', 'numbers', 'names that bite'];

describeInBrowser('a report in a browser', (browser) => {
  const folder = mkdtempSync(join(tmpdir(), 'chainrule-report-'));
  const files = new Map<string, string>();

  beforeAll(async () => {
    for (const [i, name] of shown.entries()) {
      const file = join(folder, `${i}.html`);
      writeFileSync(file, await reports[name]());
      files.set(name, pathToFileURL(file).href);
    }
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(shown)('is sound, whole and accessible: %s', async (name) => {
    const address = files.get(name)!;
    for (const look of looks) {
      const { page, faults, requests } = await watchedPage(browser(), look);
      await page.goto(address);
      expect([faults, requests]).toEqual([[], [address]]);
      expect(await page.title()).not.toBe('');
      const tooWide = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      expect(tooWide).toBe(0);
      expect(await accessibilityFaults(page)).toEqual([]);
      await page.context().close();
    }
  });

  it('follows the colours of its surroundings, and is dark on white on paper', async () => {
    const colours = async (colorScheme: 'light' | 'dark', media: 'screen' | 'print') => {
      const { page } = await watchedPage(browser(), { colorScheme });
      await page.emulateMedia({ media, colorScheme });
      await page.goto(files.get('numbers')!);
      const found = await page.evaluate(`[
        getComputedStyle(document.body).backgroundColor,
        getComputedStyle(document.querySelector('#predictions svg circle')).fill,
        getComputedStyle(document.querySelector('#predictions svg text')).fill,
      ]`);
      await page.context().close();
      return found as string[];
    };
    const light = await colours('light', 'screen');
    const dark = await colours('dark', 'screen');
    expect(light[0]).toBe('rgb(255, 255, 255)');
    for (const [i, colour] of dark.entries()) expect(colour).not.toBe(light[i]);
    expect(await colours('dark', 'print')).toEqual(light);
  });
});
