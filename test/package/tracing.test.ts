import { existsSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { describe, expect, test } from 'vitest';
import { appToBuild, build, expectToTrain, ship } from './deploy.js';
import { fetchFile } from './fetched.js';
import { buildEnvironment, runOrThrow } from './run.js';
import { hostTarget } from './scripts.js';

// Vercel, Nitro and others ship only the files that this finds.
describe('@vercel/nft', () => {
  test.each(['probe.mjs', 'probe.cjs'])('traces the addon of %s', async (entry) => {
    const app = appToBuild();
    const nft = await fetchFile('@vercel/nft', '1.11.5', 'out/index.js');
    const script = `
      import nft from ${JSON.stringify(nft)};
      const { fileList } = await nft.nodeFileTrace([${JSON.stringify(entry)}]);
      console.log(JSON.stringify([...fileList]));`;
    const args = ['--input-type=module', '--eval', script];
    const options = { cwd: app.folder, env: buildEnvironment() };
    const files = JSON.parse((await runOrThrow(process.execPath, args, options)).stdout) as string[];
    expect(files).toContain(path.join('node_modules/chainrule', hostTarget()!.file));
    await expectToTrain(ship(app, files), entry);
  });
});

describe('@vercel/ncc', () => {
  test.each(['probe.mjs', 'probe.cjs'])('copies the addon of %s', async (entry) => {
    const app = appToBuild();
    await build(app, { '@vercel/ncc': '0.45.0' }, '@vercel/ncc/dist/ncc/cli.js', [
      'build',
      entry,
      '-o',
      'out',
    ]);
    const target = ship(app, ['out']);
    const file = ['out/index.mjs', 'out/index.cjs', 'out/index.js'].find((each) =>
      existsSync(target.path(each)),
    );
    await expectToTrain(target, file!);
  });
});
