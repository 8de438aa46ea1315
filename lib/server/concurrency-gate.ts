/**
 * Lets at most so many tasks run at once, and tells its owner to stop and go on taking more in.
 */
export class ConcurrencyGate<Task> {
  private running = 0;
  private queue: Task[] = [];
  /** Where in `queue` the next task stands: shifting a long array costs its length. */
  private next = 0;
  private isStarting = false;

  /**
   * @param limit how many at once; 0 means no limit
   * @param start begins a task, which holds its slot until `leave`
   * @param full is called when the limit is reached: what arrives now should wait outside
   * @param free is called when there is room again
   */
  constructor(
    private readonly limit: number,
    private readonly start: (task: Task) => void,
    private readonly full: () => void,
    private readonly free: () => void,
  ) {}

  /** Starts a task now or, when the limit is reached, in its turn. */
  enter(task: Task): void {
    if (this.limit > 0 && this.running >= this.limit) {
      this.queue.push(task);
      return;
    }
    this.running++;
    if (this.running === this.limit) {
      this.full();
    }
    this.start(task);
  }

  /** Says again whether the limit is reached, to an owner that has begun anew. */
  refresh(): void {
    if (this.limit > 0 && this.running >= this.limit) {
      this.full();
    }
  }

  /** Gives one slot back. */
  leave(): void {
    this.running--;
    // A task that ends at once leaves from within the loop, which then goes on: no recursion.
    if (!this.isStarting) {
      this.isStarting = true;
      try {
        this.startWaiting();
      } finally {
        this.isStarting = false;
      }
      if (this.limit > 0 && this.running < this.limit) {
        this.free();
      }
    }
  }

  private startWaiting(): void {
    while (this.next < this.queue.length && this.running < this.limit) {
      const task = this.queue[this.next++] as Task;
      this.running++;
      this.start(task);
    }
    if (this.next === this.queue.length) {
      this.queue = [];
      this.next = 0;
    }
  }
}
