import { cp, mkdir, mkdtemp, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { target } from '../src/engine/native/addon-files.js';
import { libc } from '../src/engine/native/libc.js';

const root = fileURLToPath(new URL('..', import.meta.url));

/** A folder outside the repository, with no links in its path. */
export async function makeFolder(): Promise<string> {
  return realpath(await mkdtemp(join(tmpdir(), 'chainrule-app-')));
}

/** Copies this build to a prebuilt binary's place in the folder `parent`; returns the path of the copy. */
export async function placePrebuilt(parent: string): Promise<string> {
  const tag = process.platform === 'linux' ? `.${libc()?.name}` : '';
  const file = join(parent, 'prebuilds', target(), `chainrule${tag}.node`);
  await cp(join(root, 'build', 'Release', 'chainrule.node'), file);
  return file;
}

/** Installs this package in the folder `app`, as from a tarball; returns the path of its binary. */
export async function installPackage(app: string): Promise<string> {
  const folder = join(app, 'node_modules', 'chainrule');
  await mkdir(folder, { recursive: true });
  await cp(join(root, 'dist'), join(folder, 'dist'), { recursive: true });
  await cp(join(root, 'package.json'), join(folder, 'package.json'));
  return placePrebuilt(folder);
}
