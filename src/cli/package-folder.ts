import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The program that runs: dist/cli.js. */
export const CLI_FILE = fileURLToPath(import.meta.url);

/** The folder of this package. The program always runs from the package: it is never bundled. */
export const PACKAGE_FOLDER = dirname(dirname(CLI_FILE));
