import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { runChild } from '../child.js';

const read = (file: string) => readFile(new URL(`../../${file}`, import.meta.url), 'utf8');
const { recordedNotices, reportNotices } = await import(
  new URL('../../scripts/report-bundle.mjs', import.meta.url).href
);

describe('the file that draws reports', () => {
  it('is loaded by the first report, not with the library', async () => {
    for (const name of ['index.js', 'index.cjs', 'reference.js', 'reference.cjs']) {
      const library = await read(`dist/${name}`);
      expect(library).toContain('import("./report.js")');
      expect(library).not.toContain('Observable');
    }
  });

  it.each([
    ['imported', "import { MLPClassifier, makeReport } from 'chainrule';"],
    [
      'required',
      `import { createRequire } from 'node:module';
       const { MLPClassifier, makeReport } = createRequire(process.cwd() + '/')('chainrule');`,
    ],
    ['without native code', "import { MLPClassifier, makeReport } from 'chainrule/reference';"],
  ])('works in the library as it is %s', async (_, load) => {
    const { status, stdout, stderr } = await runChild(`${load}
      const rows = Array.from({ length: 40 }, (_, i) => ({ a: i % 7, b: i % 3, c: i % 2 ? 'x' : 'y' }));
      const model = await new MLPClassifier({ seed: 1, epochs: 3, members: 1 }).fit(rows, 'c');
      const page = await makeReport(model, rows, 'c');
      console.log(page.slice(0, 15), page.split('<svg role="img"').length > 5);`);
    expect([status, stdout, stderr]).toEqual([0, '<!doctype html> true\n', '']);
  });

  it('names the works that it contains, with their licences', async () => {
    const notices = await reportNotices();
    expect(notices).toContain('@observablehq/plot: Copyright');
    expect(notices).toContain('linkedom: Copyright');
    // `node scripts/report-bundle.mjs --write` renews them.
    expect(recordedNotices()).toBe(notices);
    expect((await read('dist/report.js')).slice(0, 20_000)).toContain('@observablehq/plot: Copyright');
  });
});
