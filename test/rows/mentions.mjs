/** Whether messages say what they have to. */

/** The entries of `mention` that a text lacks. A list as entry means that one of its texts is enough. */
export function lacking(text, mention) {
  return mention.filter((entry) => ![entry].flat().some((each) => mentions(text, each)));
}

function mentions(text, entry) {
  if (entry.startsWith('=')) return includes(text, entry.slice(1));
  const line = /^line (\d+)$/i.exec(entry);
  if (line !== null) return namesLine(text, line[1]);
  return includes(text.toLowerCase(), entry.toLowerCase());
}

/** Whole numbers count as a whole: 2 is not in 12, nor in 1.2. */
function includes(text, part) {
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) {
    const before = text.slice(0, at);
    const after = text.slice(at + part.length);
    const cutsBefore = /^\d/.test(part) && /\d[.,]?$/.test(before);
    const cutsAfter = /\d$/.test(part) && /^[.,]?\d/.test(after);
    if (!cutsBefore && !cutsAfter) return true;
  }
  return false;
}

/** 'line 7', 'lines 7 to 9' or 'file.csv:7'. */
function namesLine(text, line) {
  return new RegExp(`(lines? |\\.\\w+:)${line}(?!\\d)`, 'i').test(text);
}

/** What is wrong with a message for a person that has to stop the program. */
export function faultsOfError({ mention }, { status, stderr }) {
  const faults = lacking(stderr, mention).map(
    (entry) => `the message lacks ${JSON.stringify(entry)}: ${stderr.trim()}`,
  );
  if (status === 0) faults.push('it did not stop');
  if (/^\s+at .*:\d+:\d+\)?$/m.test(stderr)) faults.push(`a stack trace: ${stderr.trim()}`);
  if (stderr.trim() === '') faults.push('it says nothing');
  return faults;
}

/** For each expected warning, that none of the texts has all that it has to mention. */
export function faultsOfWarnings(expected, texts) {
  return expected.flatMap(({ about, mention }) => {
    if (texts.some((text) => lacking(text, mention).length === 0)) return [];
    return [`no warning about ${about} with ${JSON.stringify(mention)} among ${JSON.stringify(texts)}`];
  });
}
