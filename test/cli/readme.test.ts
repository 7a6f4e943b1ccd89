import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Folder, penguins } from './files.js';

test('the commands of the README work one after the other', async () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const section = readme.slice(
    readme.indexOf('### From a file to a model'),
    readme.indexOf('### From a program'),
  );
  const commands = section.match(/^npx chainrule .*$/gm) ?? [];
  expect(commands).toHaveLength(5);
  const folder = await Folder.create();
  copyFileSync(penguins, folder.file('penguins.json'));
  for (const command of commands) {
    const { status, stderr } = await folder.run(...command.split(' ').slice(2));
    expect({ command, status, stderr }).toMatchObject({ status: 0 });
  }
  for (const file of ['report.html', 'predictions.csv', 'model.onnx', 'model.mjs']) {
    expect(existsSync(folder.file(file))).toBe(true);
  }
});
