/** The spans in which the arm was stopped. */
export class Stops {
  /** In milliseconds since 1970. @type {{ from: number, to: number }[]} */
  #spans = [];
  #isStopped = false;

  /**
   * @param {number} at in milliseconds since 1970
   * @param {boolean} isStopped
   */
  note(at, isStopped) {
    if (isStopped && !this.#isStopped) {
      this.#spans.push({ from: at, to: at });
    }
    const last = this.#spans.at(-1);
    if (last && this.#isStopped) {
      last.to = at;
    }
    this.#isStopped = isStopped;
  }

  /**
   * How many seconds ago they were, as negative numbers.
   *
   * @param {number} now in milliseconds since 1970
   * @param {number} window how many seconds count
   */
  within(now, window) {
    this.#spans = this.#spans.filter(({ to }) => to > now - window * 1000);
    return this.#spans.map(({ from, to }) => ({
      from: Math.max(-window, (from - now) / 1000),
      to: (to - now) / 1000,
    }));
  }
}
