import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { npm } from './npm.js';
import { program } from './probe.js';

/** A user's program, in its own folder outside the repository. */
export class App {
  readonly folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'chainrule-user-')));

  path(name: string): string {
    return path.join(this.folder, name);
  }

  write(name: string, content: string | object): string {
    mkdirSync(path.dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), typeof content === 'string' ? content : JSON.stringify(content, null, 2));
    return this.path(name);
  }

  /** Where chainrule is installed. */
  get chainrule(): string {
    return this.path('node_modules/chainrule');
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** An app with the probe in both module systems, and nothing installed. */
export function emptyApp(): App {
  const app = new App();
  app.write('package.json', { name: 'app', version: '1.0.0', private: true });
  app.write('probe.mjs', program('esm'));
  app.write('probe.cjs', program('cjs'));
  return app;
}

/** An app with chainrule installed from its tarball by npm, without running scripts and without a network. */
export async function installedApp(tarball: string): Promise<App> {
  const app = emptyApp();
  await npm(['install', '--ignore-scripts', '--offline', '--no-audit', '--no-fund', tarball], app.folder);
  return app;
}

/** A copy to break or to bundle. */
export function copyOf(installed: string): App {
  const app = new App();
  cpSync(installed, app.folder, { recursive: true, verbatimSymlinks: true });
  return app;
}
