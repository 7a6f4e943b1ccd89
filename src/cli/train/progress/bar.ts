/** A bar on a terminal, drawn by cli-progress. */

import process from 'node:process';
import SingleBar from 'cli-progress/lib/single-bar.js';
import Terminal from 'cli-progress/lib/terminal.js';

const FRAMES_PER_SECOND = 10;

/** The place that a terminal has saved is another one once its window has another size. */
class ResizableTerminal extends Terminal {
  override cursorSave(): void {}
  override cursorRestore(): void {}
}

/**
 * Draws a line again and again until the function that it returns is called, which deletes the line.
 *
 * @param line - the text, of at most so many columns
 */
export function drawBar(stream: NodeJS.WriteStream, line: (width: number) => string): () => void {
  const bar = new SingleBar({
    // The last column stays free: some terminals begin a new line after it.
    format: (_options, { maxWidth }) => line(maxWidth - 1),
    terminal: new ResizableTerminal(stream),
    fps: FRAMES_PER_SECOND,
    hideCursor: true,
    clearOnComplete: true,
    // Also where the line is the same: the terminal may have lost it.
    forceRedraw: true,
  });
  // A line that has become too long may have gone on in the next one. Where it begins cannot be known, so what is
  // above stays: it might not be ours.
  const clearBelow = () => stream.write('\r\u001b[J');
  stream.on('resize', clearBelow);
  bar.start(1, 0);
  const stop = () => {
    stream.off('resize', clearBelow);
    bar.stop();
  };
  // The cursor must come back however the program ends.
  process.once('exit', stop);
  return () => {
    process.off('exit', stop);
    stop();
  };
}
