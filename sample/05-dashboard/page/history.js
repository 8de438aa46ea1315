/** How far the charts look back, in seconds. */
export const WINDOW = 20;

/** Rows of numbers of the last seconds, in the columns that uPlot draws. */
export class History {
  /** @type {number[]} */
  times = [];
  /** @type {(number | null)[][]} */
  columns;

  /** @param {number} width how many numbers a row has */
  constructor(width) {
    this.columns = Array.from({ length: width }, () => []);
  }

  /**
   * @param {number} at in milliseconds since 1970
   * @param {(number | null)[]} row
   */
  push(at, row) {
    this.times.push(at);
    this.columns.forEach((column, index) => column.push(row[index] ?? null));
    const old = this.times.findIndex((time) => time >= at - WINDOW * 1000);
    if (old > 0) {
      [this.times, ...this.columns].forEach((column) => column.splice(0, old));
    }
  }

  get lastTime() {
    return this.times.at(-1) ?? 0;
  }

  /**
   * What is known of a column.
   *
   * @param {number} index
   */
  values(index) {
    return (this.columns[index] ?? []).filter((value) => value !== null);
  }

  /** The rows, by how many seconds ago they were, from the negative past to 0. */
  get aligned() {
    return [this.times.map((time) => (time - this.lastTime) / 1000), ...this.columns];
  }
}
