/** What of cli-progress, which has no types of its own, is used here. */

declare module 'cli-progress/lib/single-bar.js' {
  export default class SingleBar {
    constructor(options: {
      format: (options: unknown, params: { maxWidth: number }, payload: unknown) => string;
      terminal: object;
      fps: number;
      hideCursor: boolean;
      clearOnComplete: boolean;
      forceRedraw: boolean;
    });
    start(total: number, startValue: number): void;
    stop(): void;
  }
}

declare module 'cli-progress/lib/terminal.js' {
  export default class Terminal {
    constructor(stream: NodeJS.WriteStream);
    cursorSave(): void;
    cursorRestore(): void;
  }
}
