/** What compiling requires: finds it, and says how to get what is missing. */

import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import process from 'node:process';

/** System package managers, by their program, with their names for the packages. */
const MANAGERS = {
  'apt-get': {
    system: 'Debian, Ubuntu',
    install: 'apt-get install -y',
    packages: { compiler: 'g++', cmake: 'cmake', make: 'make', highway: 'libhwy-dev' },
  },
  apk: {
    system: 'Alpine',
    install: 'apk add',
    packages: { compiler: 'g++', cmake: 'cmake', make: 'make', highway: 'highway-dev' },
  },
  dnf: {
    system: 'Fedora, RHEL',
    install: 'dnf install -y',
    packages: { compiler: 'gcc-c++', cmake: 'cmake', make: 'make', highway: 'highway-devel' },
  },
  brew: {
    system: 'macOS',
    install: 'brew install',
    packages: { compiler: 'gcc', cmake: 'cmake', make: 'make', highway: 'highway' },
  },
} as const;

type SystemTool = keyof (typeof MANAGERS)['apt-get']['packages'];

const NPM_PACKAGES = { cmakeJs: 'cmake-js', nodeAddonApi: 'node-addon-api' } as const;
type NpmPackage = keyof typeof NPM_PACKAGES;

/** What compiling requires. */
export interface Tools {
  /** Folders of the packages. */
  npm: Record<NpmPackage, string>;
}

export interface Missing {
  what: string[];
  /** The command lines that install it. */
  install: string[];
}

const NAMES: Record<SystemTool, string> = {
  compiler: 'a C++ compiler',
  cmake: 'CMake',
  make: 'make or ninja',
  highway: "Highway's headers",
};

/** Looks everything up, the npm packages in the user's project before those beside this package. */
export function findTools(
  packageFolder: string,
  env: NodeJS.ProcessEnv = process.env,
): { tools: Tools; missing: null } | { tools: null; missing: Missing } {
  const folders = [process.cwd(), packageFolder];
  const cmakeJs = packageOf(NPM_PACKAGES.cmakeJs, folders);
  const nodeAddonApi = packageOf(NPM_PACKAGES.nodeAddonApi, folders);
  const system = missingFromSystem(packageFolder, env);
  if (cmakeJs !== null && nodeAddonApi !== null && system.length === 0) {
    return { tools: { npm: { cmakeJs, nodeAddonApi } }, missing: null };
  }
  const npm = [
    ...(cmakeJs === null ? [NPM_PACKAGES.cmakeJs] : []),
    ...(nodeAddonApi === null ? [NPM_PACKAGES.nodeAddonApi] : []),
  ];
  const what = [...npm, ...system.map((tool) => NAMES[tool])];
  const fromNpm = npm.length > 0 ? [`npm install --save-dev ${npm.join(' ')}`] : [];
  return { tools: null, missing: { what, install: [...fromNpm, ...systemInstall(system, env)] } };
}

function missingFromSystem(packageFolder: string, env: NodeJS.ProcessEnv): SystemTool[] {
  const has = (...names: string[]) => findProgram(names, env) !== null;
  // cmake-js looks for Visual Studio itself, with its make.
  const windows = process.platform === 'win32';
  const found: Record<SystemTool, boolean> = {
    compiler: windows || Boolean(env.CXX) || has('g++', 'c++', 'clang++'),
    cmake: has('cmake'),
    make: windows || has('ninja', 'make'),
    highway: hasHighway(packageFolder, env),
  };
  return (Object.keys(found) as SystemTool[]).filter((tool) => !found[tool]);
}

function systemInstall(tools: readonly SystemTool[], env: NodeJS.ProcessEnv): string[] {
  if (tools.length === 0) return [];
  const names = Object.keys(MANAGERS) as (keyof typeof MANAGERS)[];
  const here = names.filter((name) => findProgram([name], env) !== null);
  // If none of them is installed, name all: another machine may have one.
  const lines = (here.length > 0 ? here : names).map((name) => {
    const { system, install, packages } = MANAGERS[name];
    return `${install} ${tools.map((tool) => packages[tool]).join(' ')}   # ${system}`;
  });
  return tools.includes('highway')
    ? [...lines, "Highway's headers may be anywhere: CHAINRULE_HIGHWAY=FOLDER names the one with hwy/ in it"]
    : lines;
}

/** Only one script knows where Highway is; CMake asks it too. */
function hasHighway(packageFolder: string, env: NodeJS.ProcessEnv): boolean {
  const script = join(packageFolder, 'scripts', 'native-config.mjs');
  try {
    return (
      execFileSync(process.execPath, [script, '--hwy-include'], {
        env,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim() !== ''
    );
  } catch {
    return false;
  }
}

/** The folder of the package `name`, as code in one of `folders` would get it. */
function packageOf(name: string, folders: readonly string[]): string | null {
  for (const folder of folders) {
    try {
      return dirname(createRequire(join(folder, 'noop.js')).resolve(`${name}/package.json`));
    } catch {
      // Not from there.
    }
  }
  return null;
}

/** The first of the programs on PATH. */
function findProgram(names: readonly string[], env: NodeJS.ProcessEnv = process.env): string | null {
  const endings = process.platform === 'win32' ? ['.exe', '.cmd', ''] : [''];
  for (const name of names) {
    for (const folder of (env.PATH ?? '').split(delimiter)) {
      for (const ending of endings) {
        const file = join(folder, name + ending);
        try {
          accessSync(file, constants.X_OK);
          return file;
        } catch {
          // Not this one.
        }
      }
    }
  }
  return null;
}
