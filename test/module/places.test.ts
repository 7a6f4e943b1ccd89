/** Where modules run: Node, workers, a browser that forbids all but the page's own scripts, bundlers, TypeScript. */

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { literal } from '../../src/formats/module-text.js';
import { MLPClassifier, MLPRegressor, Network } from '../../src/index.js';
import { describeInBrowser, watchedPage } from '../browser.js';
import { houses, irisRows, small } from '../estimators/rows.js';
import { elementwise, expectClose } from '../tolerance.js';

const options = { ...small, epochs: 2, members: 2 };
const network = new Network({ inputSize: 2, layers: [{ units: 1 }], seed: 1, backend: 'reference' });
const classifier = new MLPClassifier<string>({ ...options, backend: 'reference' });
const regressor = new MLPRegressor({ ...options, backend: 'reference' });
const rows = irisRows().filter((_, i) => i % 10 === 0);

/** Labels, names and categories that end a script, a text or a comment, or that mean something to JavaScript. */
const HOSTILE = [
  '</script><script>throw 1</script>',
  '<!--',
  '__proto__',
  "\u2028'\u2029",
  '*/ throw 1 /*',
  '\\',
];
const hostile = new MLPClassifier<string>({ ...options, backend: 'reference', seed: 2 });
const hostileRows = Array.from({ length: 60 }, (_, i) =>
  Object.fromEntries(HOSTILE.map((name, column) => [name, HOSTILE[(i + column * (i % 5)) % HOSTILE.length]])),
);

beforeAll(async () => {
  await classifier.fit(irisRows(), 'species');
  await regressor.fit(houses(60), 'price');
  await hostile.fit(
    hostileRows,
    hostileRows.map((_, i) => HOSTILE[i % HOSTILE.length]),
  );
});

it('has no imports, and no code made of text', () => {
  for (const model of [network, classifier, regressor]) {
    const text = model.toModule();
    expect(ts.preProcessFile(text).importedFiles).toEqual([]);
    expect(text).not.toMatch(/\beval\(|\bnew Function\b|\bFunction\(|\bimport\(|\brequire\(/);
  }
});

it('is imported from a data: URL', async () => {
  const url = `data:text/javascript;base64,${Buffer.from(classifier.toModule()).toString('base64')}`;
  const module = await import(/* @vite-ignore */ url);
  expect(module.predict(rows)).toEqual(classifier.predict(rows));
});

it('runs in a worker thread', async () => {
  const code = `
    import { parentPort, workerData } from 'node:worker_threads';
    const { predict } = await import(workerData.url);
    parentPort.postMessage(predict(workerData.rows));`;
  const url = `data:text/javascript;base64,${Buffer.from(regressor.toModule()).toString('base64')}`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), {
    workerData: { url, rows: houses(5) },
  });
  const predicted = await new Promise((resolve, reject) => worker.on('message', resolve).on('error', reject));
  expect(predicted).toEqual(regressor.predict(houses(5)));
});

describe('in a bundle', () => {
  it.each([
    ["import { classes } from 'model'; console.log(classes);", 200],
    ["import 'model';", 20],
  ])('nothing is left of what is not used: %s', async (contents, most) => {
    const { outputFiles } = await build({
      stdin: { contents },
      bundle: true,
      write: false,
      format: 'esm',
      legalComments: 'none',
      plugins: [
        {
          name: 'model',
          setup({ onResolve, onLoad }) {
            onResolve({ filter: /^model$/ }, (): object => ({ path: 'model', namespace: 'model' }));
            onLoad({ filter: /.*/, namespace: 'model' }, () => ({ contents: classifier.toModule() }));
          },
        },
      ],
    });
    expect(outputFiles[0].text.length).toBeLessThan(most);
  });
});

it('gives rows and labels types, whatever their names are', () => {
  const program = `
    import * as iris from './iris.mjs';
    import * as hostile from './hostile.mjs';
    const labels: ('setosa' | 'versicolor' | 'virginica')[] = iris.predict([{ petalLength: 2, petalWidth: '1' }]);
    export const text: string = iris.columns[0].name + iris.classes[0] + labels[0];
    iris.predict([[1, 2, 3, 4]]);
    // @ts-expect-error a misspelt column
    iris.predict([{ petalLenght: 2 }]);
    // @ts-expect-error there are other labels
    const all: 'setosa'[] = iris.predict([]);
    const label: typeof hostile.classes[0] = ${JSON.stringify(HOSTILE[4])};
    const row = { ${JSON.stringify(HOSTILE[0])}: label, ${JSON.stringify(HOSTILE[4])}: 'x' };
    export const isIt: boolean = hostile.predict([row])[0] === label;`;
  const files = {
    '/iris.mjs': classifier.toModule(),
    '/hostile.mjs': hostile.toModule(),
    '/program.mts': program,
  };
  expect(complaints(files)).toEqual([]);
});

/** The compiler's complaints about these files, the last of which is the program. */
function complaints(files: Record<string, string>): string[] {
  const options: ts.CompilerOptions = {
    allowJs: true,
    checkJs: true,
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2022.d.ts'],
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (name) => name in files || fileExists(name);
  host.readFile = (name) => files[name] ?? readFile(name);
  host.getSourceFile = (name, language) =>
    name in files ? ts.createSourceFile(name, files[name], language) : getSourceFile(name, language);
  const program = ts.createProgram(Object.keys(files).slice(-1), options, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

describeInBrowser('in chromium', (browser) => {
  const NONCE = 'a-nonce-of-this-test';
  let server: Server;
  let origin: string;
  const answers: Record<string, () => [type: string, text: string]> = {
    '/': () => [
      'text/html',
      '<!doctype html><title>Models</title><script type="module" src="/main.js"></script>',
    ],
    '/inline': () => [
      'text/html',
      `<!doctype html><title>Inline</title><script type="module" nonce="${NONCE}">${hostile.toModule()}
      globalThis.answer = { classes, labels: predict(JSON.parse(${literal(JSON.stringify(hostileRows))})) };
      </script>`,
    ],
    '/main.js': () => [
      'text/javascript',
      `import * as classifier from '/classifier.js';
      import * as regressor from '/regressor.js';
      import * as network from '/network.js';
      const rows = ${JSON.stringify(rows)};
      const ask = (url) => new Promise((resolve, reject) => {
        const worker = new Worker(url, { type: 'module' });
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = reject;
      });
      globalThis.answer = {
        labels: classifier.predict(rows),
        numbers: [
          ...classifier.predictProbability(rows).flat(),
          ...regressor.predict(${JSON.stringify(houses(5))}),
          ...network.predict([[1, 2]]),
        ],
        ofWorker: await ask('/worker.js'),
      };`,
    ],
    '/worker.js': () => [
      'text/javascript',
      `import { predict } from '/classifier.js'; postMessage(predict(${JSON.stringify(rows)}));`,
    ],
    '/classifier.js': () => ['text/javascript', classifier.toModule()],
    '/regressor.js': () => ['text/javascript', regressor.toModule()],
    '/network.js': () => ['text/javascript', network.toModule()],
  };

  beforeAll(async () => {
    server = createServer((request, response) => {
      const [type, text] = answers[request.url ?? '']?.() ?? ['text/plain', ''];
      response.setHeader('content-type', `${type}; charset=utf-8`);
      response.setHeader(
        'content-security-policy',
        `default-src 'none'; script-src 'self' 'nonce-${NONCE}'; worker-src 'self'`,
      );
      response.end(text);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server?.close());

  /** What a page leaves behind, and what it did wrong. */
  async function visit(path: string): Promise<{ answer: object; faults: string[] }> {
    const { page, faults } = await watchedPage(browser());
    await page.goto(origin + path);
    const answer = await page
      .waitForFunction(() => (globalThis as unknown as { answer?: object }).answer, null, { timeout: 20_000 })
      .then((handle) => handle.jsonValue())
      .catch((error: Error) => ({ error: error.message }));
    await page.context().close();
    return { answer: answer as object, faults: faults.filter((fault) => !fault.includes('favicon')) };
  }

  it('predicts under a strict policy, on the page and in a worker of it', async () => {
    const { answer, faults } = await visit('/');
    expect(faults).toEqual([]);
    const { labels, ofWorker, numbers } = answer as {
      labels: string[];
      ofWorker: string[];
      numbers: number[];
    };
    expect(labels).toEqual(classifier.predict(rows));
    expect(ofWorker).toEqual(labels);
    // Another V8 has another exponential function.
    const expected = [
      ...classifier.predictProbability(rows).flat(),
      ...regressor.predict(houses(5)),
      ...network.predict([[1, 2]]),
    ];
    expectClose(numbers, expected, elementwise, 'numbers');
  });

  it('can stand in the page itself, whatever its labels are', async () => {
    const { answer, faults } = await visit('/inline');
    expect(faults).toEqual([]);
    expect(answer).toEqual({ classes: hostile.classes, labels: hostile.predict(hostileRows) });
  });
});
