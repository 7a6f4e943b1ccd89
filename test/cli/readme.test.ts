import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { Folder } from './files.js';

test('the commands of the README work one after the other', async () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const section = readme.slice(
    readme.indexOf('### From a file to a model'),
    readme.indexOf('### From a program'),
  );
  const commands = section.match(/^npx chainrule .*$/gm) ?? [];
  expect(commands).toHaveLength(5);
  const folder = await Folder.create();
  symlinkSync(fileURLToPath(new URL('../../node_modules', import.meta.url)), folder.file('node_modules'));
  const split = /^node -e "\n([\s\S]*?)"$/m.exec(section)?.[1] ?? expect.fail('the rows are not split');
  execFileSync(process.execPath, ['-e', split], { cwd: folder.path });
  for (const command of commands) {
    const { status, stderr } = await folder.run(...command.split(' ').slice(2));
    expect({ command, status, stderr }).toMatchObject({ status: 0 });
    expect(stderr).not.toMatch(/warning|flatter/);
  }
  for (const file of ['report.html', 'predictions.csv', 'model.onnx', 'model.mjs']) {
    expect(existsSync(folder.file(file))).toBe(true);
  }
});
