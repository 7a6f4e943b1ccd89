import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The program that runs: dist/cli.js. */
export const CLI_FILE = fileURLToPath(import.meta.url);

/** The folder of this package. The program is always run from the package: nobody bundles it. */
export const PACKAGE_FOLDER = dirname(dirname(CLI_FILE));
