/** What a model file holds, told from its header. */

import { readMetadata } from './safetensors-read.js';
import { parseStrictJson } from './strict-json.js';

/** The description of a network's file, and of an estimator's, in the metadata. */
export const NETWORK_KEY = 'chainrule';
export const ESTIMATOR_KEY = 'chainrule.estimator';
/** That of the fits in a checkpoint. */
export const CHECKPOINT_KEY = 'chainrule.checkpoint';

/** Deeper than what describes an estimator. */
const MAX_DEPTH = 16;

/**
 * 'Network', or the name of an estimator's class; null for a safetensors file of something else.
 *
 * @throws {@link ChainruleError} ERR_FILE if the file is missing or no safetensors file
 */
export async function readModelKind(path: string): Promise<string | null> {
  const metadata = await readMetadata(path);
  if (metadata.has(NETWORK_KEY)) return 'Network';
  const estimator = metadata.get(ESTIMATOR_KEY);
  if (estimator === undefined) return null;
  const description = parseStrictJson(estimator, `the description of the estimator in ${path}`, MAX_DEPTH);
  const kind = (description as { kind?: unknown } | null)?.kind;
  return typeof kind === 'string' ? kind : null;
}

/** Whether a file holds fits that can be continued. Throws as `readModelKind`. */
export async function isCheckpoint(path: string): Promise<boolean> {
  return (await readMetadata(path)).has(CHECKPOINT_KEY);
}
