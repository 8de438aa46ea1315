/** How often the line is written, in milliseconds. */
const INTERVAL = 200;

/** A line about what is going on, written over and over. Only a terminal shows it. */
export class Progress {
  private readonly timer: NodeJS.Timeout | undefined;

  /** @param line gives what to show now */
  constructor(line: () => string) {
    if (process.stderr.isTTY) {
      this.timer = setInterval(() => process.stderr.write(`\r\u001B[K${line()}`), INTERVAL);
    }
  }

  /** Takes the line away. */
  end(): void {
    if (this.timer) {
      clearInterval(this.timer);
      process.stderr.write('\r\u001B[K');
    }
  }
}
