import { ChainruleError, excerpt } from '../error.js';

/**
 * Parses JSON from an untrusted source: accepts what `JSON.parse` does, except objects with the same key twice
 * (which parsers read differently) and nesting deeper than `maxDepth` objects and arrays.
 *
 * A field named `__proto__` becomes an ordinary field and changes no prototype.
 *
 * @param what - what the text is, for messages
 * @throws {@link ChainruleError} ERR_FILE
 */
export function parseStrictJson(text: string, what: string, maxDepth: number): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ChainruleError('ERR_FILE', `${what} is not valid JSON`, { cause });
  }
  checkStructure(text, what, maxDepth);
  return value;
}

/** `text` is valid JSON, so only quotes, braces and brackets matter. */
function checkStructure(text: string, what: string, maxDepth: number): void {
  /** Keys seen in each open object; null for an open array. */
  const open: (Set<string> | null)[] = [];
  let keyIsNext = false;
  for (let i = 0; i < text.length; i++) {
    switch (text[i]) {
      case '{':
      case '[':
        open.push(text[i] === '{' ? new Set() : null);
        keyIsNext = text[i] === '{';
        if (open.length > maxDepth) {
          throw new ChainruleError('ERR_FILE', `${what} is nested deeper than ${maxDepth} levels`);
        }
        break;
      case '}':
      case ']':
        open.pop();
        keyIsNext = false;
        break;
      case ',':
        keyIsNext = open[open.length - 1] !== null;
        break;
      case '"': {
        const end = endOfString(text, i);
        if (keyIsNext) addKey(open[open.length - 1], text.slice(i, end + 1), what);
        keyIsNext = false;
        i = end;
        break;
      }
    }
  }
}

/** Position of the closing quote of the string that starts at `start`. */
function endOfString(text: string, start: number): number {
  let end = start + 1;
  while (text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
  return end;
}

function addKey(keys: Set<string> | null | undefined, literal: string, what: string): void {
  // Parsed, since "a" and "\u0061" are the same key.
  const key: string = JSON.parse(literal);
  if (keys?.has(key)) throw new ChainruleError('ERR_FILE', `${what} has the key ${excerpt(literal)} twice`);
  keys?.add(key);
}
