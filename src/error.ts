/** What went wrong, for programs. */
export type ErrorCode =
  /** An option is unknown, misspelt, out of range, or incompatible with another. */
  | 'ERR_OPTION'
  /** An array has the wrong length, or a row the wrong width. */
  | 'ERR_SHAPE'
  /** The data contains a value that cannot be learnt from: NaN, infinity, a class out of range. */
  | 'ERR_DATA'
  /** The loss became NaN or infinite. */
  | 'ERR_DIVERGED'
  /** A file is missing, malformed or of another kind. */
  | 'ERR_FILE'
  /** The requested engine is not available on this machine. */
  | 'ERR_BACKEND'
  /** The network is being trained by a `fit` that has not ended. */
  | 'ERR_BUSY'
  /** The estimator has not been fitted yet. */
  | 'ERR_UNFITTED'
  /** The network or dataset was disposed of. */
  | 'ERR_DISPOSED'
  /** Not enough memory for the request, or no thread for it. */
  | 'ERR_MEMORY';

/** The class of every error that this library throws. `message` says what was expected and what came. */
export class ChainruleError extends Error {
  override readonly name = 'ChainruleError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

const LONGEST_SHOWN = 60;

/** A value as messages show it: short, with strings in quotes. */
export function show(value: unknown): string {
  if (typeof value === 'string') return `'${excerpt(value)}'`;
  if (typeof value === 'bigint') return showBigint(value);
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) {
    const type = classOf(value);
    return typeof type !== 'string' || type === 'Object' ? 'an object' : `an object of type ${type}`;
  }
  return String(value);
}

/** The beginning of a text that messages show. What controls terminals and logs is escaped. */
export function excerpt(text: string, most = LONGEST_SHOWN): string {
  const part = text.length > most ? `${text.slice(0, most)}...` : text;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return part.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`;
  });
}

const LONGEST_REASON = 400;

/** What somebody else's error says. It may quote the file that it is about. */
export function reasonOf(cause: unknown): string {
  return excerpt(messageOf(cause), LONGEST_REASON);
}

/** What an error says, or whatever else was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function classOf(value: object): unknown {
  try {
    return value.constructor?.name;
  } catch {
    // A proxy that was revoked, or that throws.
    return undefined;
  }
}

function showBigint(value: bigint): string {
  // To write a bigint in decimal takes long if it is large.
  const digits = value.toString(16).length;
  return digits > LONGEST_SHOWN ? `a bigint of ${digits} hexadecimal digits` : `${value}n`;
}
