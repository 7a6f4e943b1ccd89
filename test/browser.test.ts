import { expect, it } from 'vitest';
import { accessibilityFaults, describeInBrowser, watchedPage } from './browser.js';

describeInBrowser('the watch over a page', (browser) => {
  it('sees errors, requests and what is hard to perceive', async () => {
    const { page, faults, requests } = await watchedPage(browser());
    await page.route('http://elsewhere.test/**', (route) => route.abort());
    await page.setContent(`<html><body><img src="http://elsewhere.test/a.png">
      <script>console.error('told'); missing();</script></body></html>`);
    expect(requests).toEqual(['http://elsewhere.test/a.png']);
    expect(faults.join()).toMatch(/error: told/);
    expect(faults.join()).toMatch(/exception: missing is not defined/);
    expect(faults.join()).toMatch(/request failed/);
    expect((await accessibilityFaults(page)).join()).toMatch(/image-alt/);
    await page.context().close();
  });

  it('has nothing to say of a sound page', async () => {
    const { page, faults, requests } = await watchedPage(browser(), { colorScheme: 'dark' });
    await page.setContent(
      '<!doctype html><html lang="en"><title>Fine</title><main><h1>Fine</h1></main></html>',
    );
    expect([faults, requests, await accessibilityFaults(page)]).toEqual([[], [], []]);
    await page.context().close();
  });
});
