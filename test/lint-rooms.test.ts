import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const { checkRooms, importsOfBench, importsOfCpp, importsOfTypeScript, lintRooms, tableOf } = await import(
  new URL('../scripts/lint-rooms.mjs', import.meta.url).href
);

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'chainrule-rooms-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(files: Record<string, string>): void {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
}

describe('imports of TypeScript', () => {
  const rooms = [
    { room: 'src/index.ts' },
    { room: 'src/top/' },
    { room: 'src/bottom/' },
    { room: 'src/bottom/inner/', onlyFor: ['src/bottom/'] },
  ];
  const faults = (files: Record<string, string>): string[] => {
    write(files);
    return checkRooms(rooms, importsOfTypeScript(root));
  };

  it('may go down or stay in their room', () => {
    expect(
      faults({
        'src/index.ts': "export * from './top/a.js';",
        'src/top/a.ts': "import './b.js';\nimport { c } from '../bottom/c.js';",
        'src/top/b.ts': "import fs from 'node:fs';",
        'src/bottom/c.ts': "export { d as c } from './inner/d.js';",
        'src/bottom/inner/d.ts': 'export const d = 1;',
      }),
    ).toEqual([]);
  });

  it.each([
    "import { a } from '../top/a.js';",
    "import type { A } from '../top/a.js';",
    "import {\n  type A,\n} from '../top/a.js';",
    "export * from '../top/a.js';",
    "const { a } = await import('../top/a.js');",
    "export type A = import('../top/a.js').A;",
  ])('may not go up, as by %j', (text) => {
    expect(faults({ 'src/top/a.ts': '', 'src/bottom/c.ts': text })).toEqual([
      'src/bottom/c.ts imports src/top/a.ts, which is above it: src/top/ over src/bottom/',
    ]);
  });

  it('may not form a cycle, even within a room', () => {
    expect(
      faults({
        'src/top/a.ts': "import type { B } from './b.js';",
        'src/top/b.ts': "import { c } from './c.js';",
        'src/top/c.ts': "import { a } from './a.js';",
        'src/top/d.ts': "import { a } from './a.js';",
      }),
    ).toEqual(['these import each other: src/top/a.ts -> src/top/b.ts -> src/top/c.ts -> src/top/a.ts']);
  });

  it('may not reach into what is only for another room', () => {
    expect(faults({ 'src/top/a.ts': "import '../bottom/inner/d.js';", 'src/bottom/inner/d.ts': '' })).toEqual(
      ['src/top/a.ts imports src/bottom/inner/d.ts, which only src/bottom/ may'],
    );
  });

  it('must come from a file in a room', () => {
    expect(faults({ 'src/elsewhere/a.ts': '' })).toEqual([
      'src/elsewhere/a.ts is in no room of scripts/rooms.json',
    ]);
  });
});

describe('includes of C++', () => {
  const rooms = [{ room: 'native/addon/' }, { room: 'native/core/step/' }, { room: 'native/core/model/' }];
  const faults = (files: Record<string, string>): string[] => {
    write({ 'native/addon/addon.cc': '#include "step/step.h"\n#include "addon.h"', ...files });
    return checkRooms(rooms, importsOfCpp(root));
  };

  it('may go down or stay in their room, with or without its name', () => {
    expect(
      faults({
        'native/addon/addon.h': '#include <napi.h>',
        'native/core/step/step.h': '#pragma once\n#include "model/spec.h"\n#include "inner-inl.h"',
        'native/core/step/inner-inl.h': '#include "hwy/highway.h"',
        'native/core/model/spec.h': '#include <vector>',
      }),
    ).toEqual([]);
  });

  it('may not go up', () => {
    expect(
      faults({
        'native/core/step/step.h': '',
        'native/core/model/spec.h': '  #  include "step/step.h"  // for one constant',
      }),
    ).toEqual([
      'native/core/model/spec.h imports native/core/step/step.h, which is above it: ' +
        'native/core/step/ over native/core/model/',
    ]);
    expect(
      faults({ 'native/core/model/spec.h': '#include "../../addon/addon.h"', 'native/addon/addon.h': '' }),
    ).toEqual([expect.stringContaining('imports native/addon/addon.h, which is above it')]);
  });

  it('may not form a cycle', () => {
    expect(
      faults({
        'native/core/step/step.cc': '#include "step/step.h"',
        'native/core/step/step.h': '#include "update.h"',
        'native/core/step/update.h': '#include "step/step.h"',
      }),
    ).toEqual([
      'these import each other: native/core/step/step.h -> native/core/step/update.h -> native/core/step/step.h',
    ]);
  });
});

describe('imports of the benchmark', () => {
  const rooms = [{ room: 'bench/run/' }, { room: 'bench/report/' }, { room: 'bench/cases.mjs' }];
  const faults = (files: Record<string, string>): string[] => {
    write({ 'bench/run/main.mjs': "import { CASES } from '../cases.mjs';", 'bench/cases.mjs': '', ...files });
    return checkRooms(rooms, importsOfBench(root));
  };

  it('may go down, whatever the packages of the peers import', () => {
    expect(faults({ 'bench/run/node_modules/a/b.mjs': "import '../../../elsewhere.mjs';" })).toEqual([]);
  });

  it.each(["import { a } from '../run/main.mjs';", "/** @param {import('../run/main.mjs').A} a */"])(
    'may not go up, as by %j',
    (text) => {
      expect(faults({ 'bench/report/table.mjs': text })).toEqual([
        'bench/report/table.mjs imports bench/run/main.mjs, which is above it: bench/run/ over bench/report/',
      ]);
    },
  );
});

describe('the table of rooms', () => {
  it('must be the same in CONTRIBUTING.md as in the rules', () => {
    const src = [{ room: 'src/index.ts', holds: 'the exports' }];
    write({
      'scripts/rooms.json': JSON.stringify({ src, native: [], bench: [] }),
      'src/index.ts': '',
      'native/core/README.md': '',
      'native/addon/README.md': '',
      'bench/README.md': '',
    });
    const stands = (table: string) =>
      write({ 'CONTRIBUTING.md': `# Rooms\n\n<!-- rooms: -->\n${table}<!-- end of rooms -->\n` });
    stands('| | |\n| --- | --- |\n| `src/index.ts` | the exports |\n');
    expect(tableOf(root)).toContain('`src/index.ts`');
    expect(lintRooms(root)).toEqual([]);
    stands('| | |\n| --- | --- |\n| `src/index.ts` | something else |\n');
    expect(lintRooms(root)).toEqual([expect.stringContaining('the table of rooms in CONTRIBUTING.md')]);
  });
});
