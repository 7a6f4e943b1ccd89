#!/usr/bin/env node
/**
 * The part of the package that draws reports, dist/report.js: what it is bundled from, and the licences of that.
 *
 *     node scripts/report-bundle.mjs --write   renews its section of THIRD-PARTY-NOTICES.md
 */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { build } from 'esbuild';
import { isMain, ROOT } from './process.mjs';

export const REPORT_ENTRY = 'src/report/page/render.ts';

/** Charts are made, never parsed: half of the bundle would be parsers of HTML and CSS, and a loader of canvases. */
const UNUSED = /^(htmlparser2|cssomnom\/parse)$|\/canvas\.cjs$/;

/** For esbuild. */
export const withoutParsers = {
  name: 'without-parsers',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: UNUSED }, ({ path: name }) => ({ path: name, namespace: 'unused' }));
    onLoad({ filter: /.*/, namespace: 'unused' }, () => ({
      contents:
        'export class Parser {} export const parse = undefined; export default { createCanvas: null };',
    }));
  },
};

const NOTICES = path.join(ROOT, 'THIRD-PARTY-NOTICES.md');
const START = '## Charts of reports (dist/report.js)';
const END = '<!-- end of dist/report.js -->';

/** The packages that end up in the bundle: their names, each with its folder. */
async function bundledPackages() {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [REPORT_ENTRY],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
    plugins: [withoutParsers],
  });
  const [{ inputs }] = Object.values(metafile.outputs);
  const packages = Object.entries(inputs).flatMap(([file, { bytesInOutput }]) => {
    const found = /^(.*node_modules\/((?:@[^/]+\/)?[^/]+))\//.exec(file);
    return found === null || bytesInOutput === 0 ? [] : [[found[2], found[1]]];
  });
  return [...new Map(packages)].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** What the section should be: packages under the same words are listed together. */
export async function reportNotices() {
  const byLicence = new Map();
  for (const [name, place] of await bundledPackages()) {
    const folder = path.join(ROOT, place);
    const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
    if (file === undefined) throw new Error(`${name} has no licence`);
    const paragraphs = readFileSync(path.join(folder, file), 'utf8')
      .trim()
      .split(/\n\s*\n/);
    const isOwn = (text) => /^\s*copyright/i.test(text);
    const owner = paragraphs.filter(isOwn).map((text) => text.replace(/\s+/g, ' ').trim());
    const words = paragraphs.filter((text) => !isOwn(text)).join('\n\n');
    const key = words.replace(/\s+/g, ' ');
    const entry = byLicence.get(key) ?? { words, packages: [] };
    entry.packages.push(`${name}: ${owner.join('; ')}`);
    byLicence.set(key, entry);
  }
  const parts = [...byLicence.values()].map(
    ({ words, packages }) => `\`\`\`\n${packages.join('\n')}\n\n${words}\n\`\`\`\n`,
  );
  return `${START}\n\n${parts.join('\n')}\n${END}\n`;
}

/** The section as it is; '' if there is none. */
export function recordedNotices() {
  const text = readFileSync(NOTICES, 'utf8');
  const start = text.indexOf(START);
  return start < 0 ? '' : text.slice(start, text.indexOf(END) + END.length + 1);
}

/** The comment at the head of the bundle. */
export function reportBanner() {
  const words = recordedNotices()
    .replace(/^```$/gm, '')
    .replace(START, '')
    .replace(END, '')
    .replaceAll('*/', '* /');
  return `/*! The charts of chainrule's reports, drawn by the following works.\n${words.replace(/\n{3,}/g, '\n\n')}*/`;
}

if (isMain(import.meta.url) && process.argv.includes('--write')) {
  const section = await reportNotices();
  const text = readFileSync(NOTICES, 'utf8');
  const before = recordedNotices();
  writeFileSync(
    NOTICES,
    before === '' ? `${text.trimEnd()}\n\n${section}` : text.replace(before, () => section),
  );
}
