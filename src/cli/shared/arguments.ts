/** Turns the texts of arguments into values; for a text that is none, the program ends with status 2. */

import { InvalidArgumentError, Option } from 'commander';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** '60s', '500ms', '5m', '1.5h', or a number of seconds, in milliseconds. */
export function duration(text: string): number {
  const [, number, unit = 's'] = /^(\d+(?:\.\d+)?|\.\d+)\s*(ms|s|m|h)?$/.exec(text.trim()) ?? [];
  const milliseconds = Number(number) * UNITS[unit];
  if (milliseconds > 0) return milliseconds;
  throw new InvalidArgumentError("Expected a time such as '60s', '500ms', '5m' or '1h'.");
}

/** A whole number from `least` to `most`. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text.trim()) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`);
  };
}

/** '64,32': units of each hidden layer; 'none' for no hidden layer. */
export function widths(text: string): number[] {
  if (text.trim() === 'none') return [];
  const parts = text.split(',').map((part) => part.trim());
  if (parts.every((part) => /^[1-9]\d{0,6}$/.test(part))) return parts.map(Number);
  throw new InvalidArgumentError("Expected numbers of units such as '64,32', or 'none' for a linear model.");
}

/** A number above 0 and below 1. */
export function share(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && value < 1) return value;
  throw new InvalidArgumentError('Expected a number above 0 and below 1, such as 0.9.');
}

/** An option that may be given several times; the values are split once the columns are known. */
export function collect(text: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), text];
}

function delimiter(text: string): string {
  const named: Readonly<Record<string, string>> = {
    tab: '\t',
    '\\t': '\t',
    comma: ',',
    semicolon: ';',
    pipe: '|',
  };
  const character = Object.hasOwn(named, text) ? named[text] : text;
  if (character.length === 1) return character;
  throw new InvalidArgumentError("Expected one character, or 'tab'.");
}

const FORMATS = ['csv', 'tsv', 'jsonl', 'json', 'parquet', 'arrow', 'idx'] as const;

/** How to read a file of rows. */
export interface ReadingArguments {
  format?: (typeof FORMATS)[number];
  delimiter?: string;
  header?: boolean;
  encoding?: string;
}

/** The options of every command that reads rows. */
export function readingOptions(): Option[] {
  return [
    new Option('--format <format>', 'kind of the file (default: by its bytes and its name)').choices(FORMATS),
    new Option(
      '--delimiter <character>',
      "between the cells of CSV, or 'tab' (default: found out)",
    ).argParser(delimiter),
    // In this order: otherwise --no-header would make true the default.
    new Option('--header', 'the first line has the names of the columns (default: found out)'),
    new Option('--no-header', 'the first line is a row; columns are called 0, 1, 2, ...'),
    new Option('--encoding <name>', "of text, such as 'windows-1252' (default: found out)"),
  ];
}
