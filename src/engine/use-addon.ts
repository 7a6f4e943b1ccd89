import { ChainruleError } from '../error.js';
import { ENTRY, nativeEngine } from './native-engine.js';

/**
 * Names the native addon to train with, for programs that carry it elsewhere than chainrule's own folder: a
 * bundle, a single executable. The environment variable CHAINRULE_ADDON wins over it. The addon is loaded with
 * the first network, which throws ERR_BACKEND where it cannot be: no other is tried in its place.
 *
 * @param pathOrExports - the file, as a path or a file: URL; or what the addon exports, where the program has
 * loaded it itself
 * @throws {@link ChainruleError} ERR_OPTION where it is neither; ERR_BACKEND where the engine was chosen before,
 * by the first network or `backend()`, unless it is this addon's, and from `chainrule/reference`
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
