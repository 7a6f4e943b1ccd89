/** Where a command may write: found out before the work, not after it. */

import { existsSync, statSync } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ChainruleError } from '../../error.js';
import { readModelKind } from '../../formats/model-kind.js';

/**
 * Refuses a path at which no model can be written, or at which there is a file that is none of ours.
 *
 * @throws {@link ChainruleError} ERR_FILE
 */
export async function checkModelPath(path: string, option: string): Promise<void> {
  await checkFolder(path, option);
  if (!existsSync(path)) return;
  const kind = await readModelKind(path).catch(() => null);
  if (kind !== null) return;
  throw new ChainruleError(
    'ERR_FILE',
    `${path} exists and is not a model of chainrule: it is not overwritten; name another file with ${option}`,
  );
}

/**
 * Refuses a path in a folder that is not there or cannot be written to.
 *
 * @throws {@link ChainruleError} ERR_FILE
 */
export async function checkFolder(path: string, option: string): Promise<void> {
  const folder = dirname(path);
  const refuse = (why: string) =>
    new ChainruleError('ERR_FILE', `${path} cannot be written: ${why}; name another file with ${option}`);
  if (!existsSync(folder)) throw refuse(`there is no folder ${folder}`);
  if (!statSync(folder).isDirectory()) throw refuse(`${folder} is not a folder`);
  if (existsSync(path) && statSync(path).isDirectory()) throw refuse('it is a folder');
  await access(folder, constants.W_OK).catch(() => {
    throw refuse(`no permission for ${folder}`);
  });
}
