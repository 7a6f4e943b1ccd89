import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { npm } from './npm.js';
import { hostTarget, ROOT } from './scripts.js';

/** The addon of `npm run build:native`. */
export const LOCAL_ADDON = path.join(ROOT, 'build/Release/chainrule.node');

/** Packs the project as it would be published. The local addon replaces this machine's prebuild if missing. */
export async function packProject(destination: string): Promise<string> {
  const host = hostTarget();
  const isThere = host !== undefined && existsSync(path.join(ROOT, host.file));
  return isThere ? pack(ROOT, destination) : packWithLocalAddon(destination);
}

/** Packs the project with only the addon that was compiled last. */
export async function packWithLocalAddon(destination: string): Promise<string> {
  const host = hostTarget();
  if (host === undefined) throw new Error(`there is no prebuild for ${process.platform}-${process.arch}`);
  const listing = await npm(['pack', '--dry-run', '--json', '--ignore-scripts'], ROOT);
  const [{ files }] = JSON.parse(listing) as [{ files: { path: string }[] }];
  const folder = mkdtempSync(path.join(tmpdir(), 'chainrule-pack-'));
  try {
    const others = files.filter((file) => !file.path.startsWith('prebuilds/'));
    for (const file of others) cpSync(path.join(ROOT, file.path), path.join(folder, file.path));
    mkdirSync(path.join(folder, path.dirname(host.file)), { recursive: true });
    cpSync(LOCAL_ADDON, path.join(folder, host.file));
    return await pack(folder, destination);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function pack(folder: string, destination: string): Promise<string> {
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', destination];
  const [{ filename }] = JSON.parse(await npm(args, folder)) as [{ filename: string }];
  return path.join(destination, filename);
}
