import { ChainruleError } from '../error.js';
import { ENTRY, nativeEngine } from './native-engine.js';

/**
 * Names the native addon to train with, for programs that do not keep it in chainrule's own folder: a bundle,
 * a single executable. The environment variable CHAINRULE_ADDON takes precedence. The first network loads the
 * addon, and throws ERR_BACKEND if that fails: no other addon is tried instead.
 *
 * @param pathOrExports - the file, as a path or a file: URL; or the addon's exports, if the program has
 * loaded it itself
 * @throws {@link ChainruleError} ERR_OPTION if it is neither; ERR_BACKEND if the first network or `backend()`
 * has already chosen an engine, unless it is this addon's; ERR_BACKEND always from `chainrule/reference`
 */
export function useAddon(pathOrExports: string | object): void {
  if (nativeEngine === null) {
    throw new ChainruleError(
      'ERR_BACKEND',
      `useAddon: ${ENTRY} has no native engine that could use an addon; import it from 'chainrule'`,
    );
  }
  nativeEngine.useAddon(pathOrExports);
}
