/** Words for true and false as classes: 'yes', 'Yes' and 'YES' are one. */

import { parseBoolean } from '../../data/boolean-text.js';
import { show } from '../../error.js';

/**
 * The labels with each meaning in its commonest spelling, if all are words for true and false; the same labels if they
 * are not, or if they are all spelt in one way.
 *
 * @param name - of the target, for the warning
 */
export function inOneSpelling(
  labels: readonly unknown[],
  name: string,
  warn: (text: string) => void,
): readonly unknown[] {
  const counts = new Map<string, number>();
  for (const label of labels) {
    if (label === null) continue;
    if (typeof label !== 'string' || parseBoolean(label) === undefined) return labels;
    counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  const spellings = new Map<boolean | undefined, string>();
  for (const [word, count] of counts) {
    const best = spellings.get(parseBoolean(word));
    if (best === undefined || count > (counts.get(best) ?? 0)) spellings.set(parseBoolean(word), word);
  }
  if (counts.size === spellings.size) return labels;
  const others = [...counts.keys()].filter((word) => word !== spellings.get(parseBoolean(word)));
  const taken = others.map((word) => `${show(word)} as ${show(spellings.get(parseBoolean(word)))}`);
  warn(`${show(name)} spells its classes in several ways, which count as one: ${taken.join(', ')}`);
  return labels.map((label) => (typeof label === 'string' ? spellings.get(parseBoolean(label)) : label));
}

/** Classes by what they mean, if all of them are words for true and false; otherwise none. */
export function classesByMeaning(classes: readonly unknown[]): ReadonlyMap<boolean, unknown> {
  const byMeaning = new Map<boolean, unknown>();
  for (const label of classes) {
    const meaning = typeof label === 'string' ? parseBoolean(label) : undefined;
    if (meaning === undefined || byMeaning.has(meaning)) return new Map();
    byMeaning.set(meaning, label);
  }
  return byMeaning;
}
