/** The library's advice names its options; on the command line they are called otherwise. */

/** A column and what to take it for, as an argument that a shell takes as it is. */
export function quoted(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}

const REPLACEMENTS: readonly (readonly [RegExp, (...groups: string[]) => string])[] = [
  [/columns: \{ '(.*)': 'ignore' \}/, (_, name) => `--ignore ${quoted(name)}`],
  [/columns: \{ '(.*)': '(\w+)' \}/, (_, name, kind) => `--columns ${quoted(`${name}=${kind}`)}`],
  [/\bthe option (encoding|header|delimiter|format)\b/, (_, name) => `--${name}`],
  [/MLPRegressor predicts amounts/, () => 'amounts are for --task regression'],
  [/\bfit with validationSplit above 0, validation data or members\b/, () => 'train with more rows'],
];

/** A message of the library in terms of the command line. */
export function inTermsOfOptions(message: string): string {
  return REPLACEMENTS.reduce((text, [pattern, replace]) => text.replace(pattern, replace), message);
}

/** Without control characters: text from a file must not drive the terminal. Line ends and tabs stay. */
export function harmless(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are looked for.
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, (control) => {
    return `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
}

/** Whether a warning is about columns left out, which summaries list with their reasons. */
export function isAboutLeftOut(message: string): boolean {
  return /^columns? left out:/.test(message);
}
