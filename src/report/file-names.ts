/** Names of files in reports, which go to others: without the folders of the machine where they were made. */

/** A path of which that can be told: it starts as one, or its last part ends as the name of a file does. */
const PATH = /^(?:~?[\\/]|\.{1,2}[\\/]|[A-Za-z]:[\\/]|[a-z][\w+.-]*:\/\/).*|.*[\\/][^\\/]*\.\w+$/s;

/** The name of a file without its folders; other texts as they are. */
export function shownName(name: string): string {
  return PATH.test(name) ? (/[^\\/]+(?=[\\/]*$)/.exec(name)?.[0] ?? name) : name;
}

/** A path in a sentence. */
const WORD = /(?<=^|\s)[^\s'"“”]*[\\/][^\s'"“”]*?(?=[:,;)]*(?:\s|$))/g;

/** A message about a file, with the names of files alone; advice after the first semicolon is left as it is. */
export function shownMessage(message: string, dataName: string | null): string {
  const known =
    dataName === null || dataName === '' ? message : message.replaceAll(dataName, shownName(dataName));
  const about = startOf(known);
  return about.replace(WORD, shownName) + known.slice(about.length);
}

/** What a message says, without its advice. */
function startOf(message: string): string {
  return message.split('; ', 1)[0];
}

/**
 * Messages of an estimator and of a reader, each once: what both tell stands with the estimator's, in the words of the
 * reader's, whose advice suits the person who reads it.
 */
export function eachOnce(own: readonly string[], read: readonly string[]): { own: string[]; read: string[] } {
  const isAgain = (message: string, known: string) => startOf(message).endsWith(startOf(known));
  return {
    own: own.map((known) => {
      const again = read.find((message) => isAgain(message, known));
      return again === undefined ? known : again.slice(startOf(again).length - startOf(known).length);
    }),
    read: read.filter((message) => !own.some((known) => isAgain(message, known))),
  };
}
