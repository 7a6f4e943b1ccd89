import { describe, expect, test } from 'vitest';
import { findingsOf } from '../../src/cli/doctor/findings.js';
import { renderReport } from '../../src/cli/doctor/text.js';
import { coloured, paintFor, plain, wrap } from '../../src/cli/terminal.js';
import { crashed, healthy, withoutAddon } from './facts.js';

const report = (facts = healthy()) => {
  const findings = findingsOf(facts);
  return { ok: true, findings, ...facts };
};

describe('the report as text', () => {
  test('has a section for each part, and the findings last', () => {
    const text = renderReport(report(), plain, 80);
    const titles = text.split('\n').filter((line) => /^[A-Z]\w+$/.test(line));
    expect(titles).toEqual(['Engine', 'System', 'CPU', 'Threads', 'Check', 'Findings']);
    expect(text.trimEnd().split('\n').at(-1)).toBe('Nothing is wrong.');
    expect(text).toContain('784-128-10      400,000 samples/s, 320 us a step of 128');
  });

  test.each([60, 80, 100])('keeps within %i columns where words allow', (width) => {
    for (const facts of [healthy(), crashed({}), withoutAddon({ attempts: [] })]) {
      const lines = renderReport(report(facts), plain, width).split('\n');
      const tooLong = lines.filter((line) => line.length > width && !line.includes('/'));
      expect(tooLong).toEqual([]);
    }
  });

  test('lists what was tried', () => {
    const attempts = [{ path: '/a.node', problem: 'not found' }];
    const text = renderReport(report(withoutAddon({ attempts })), plain, 80);
    expect(text).toMatch(/tried +\/a\.node\n +not found\n/);
    expect(text).toContain('\n           - Reinstall chainrule');
    expect(text).toContain('1 problem.');
  });

  test('is coloured only for a terminal with colours', () => {
    const stream = (isTTY: boolean) => ({ isTTY }) as NodeJS.WriteStream;
    expect(paintFor(stream(true), {})).toBe(coloured);
    expect(paintFor(stream(true), { NO_COLOR: '1' })).toBe(plain);
    expect(paintFor(stream(true), { TERM: 'dumb' })).toBe(plain);
    expect(paintFor(stream(false), {})).toBe(plain);
    expect(renderReport(report(), coloured, 80)).toContain('\u001b[32mok');
  });
});

test('lines are broken between words, not within commands', () => {
  expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
  expect(wrap('run `npx chainrule build` now', 12)).toEqual(['run', '`npx chainrule build`', 'now']);
  expect(wrap('two\nlines', 20)).toEqual(['two', 'lines']);
});
