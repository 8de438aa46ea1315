/** How many tasks may wait before no more should come: what is behind them may end those that run. */
const READ_AHEAD = 128;

/** How much a {@link ConcurrencyGate} holds: room for more, none, or many that wait for it. */
export type GateLevel = 'free' | 'full' | 'crowded';

/** Lets at most so many tasks run at once, and tells its owner when fewer of them should come. */
export class ConcurrencyGate<Task> {
  private running = 0;
  private queue: Task[] = [];
  /** Where in `queue` the next task stands: shifting a long array costs its length. */
  private next = 0;
  private isStarting = false;
  private level: GateLevel = 'free';

  /**
   * @param limit how many at once; 0 means no limit
   * @param start begins a task, which holds its slot until `leave`
   * @param changed is told each new level
   */
  constructor(
    private readonly limit: number,
    private readonly start: (task: Task) => void,
    private readonly changed: (level: GateLevel) => void,
  ) {}

  /** Starts a task now or, when the limit is reached, in its turn. */
  enter(task: Task): void {
    if (this.limit === 0) {
      this.start(task);
    } else if (this.running >= this.limit) {
      this.queue.push(task);
      this.report();
    } else {
      this.running++;
      this.report();
      this.start(task);
    }
  }

  /** Tells the level once more, to an owner that has begun anew. */
  refresh(): void {
    this.changed(this.level);
  }

  /** Takes out the tasks that wait, which will never be started. */
  clear(): Task[] {
    const waiting = this.queue.slice(this.next);
    this.queue = [];
    this.next = 0;
    this.report();
    return waiting;
  }

  /** Gives one slot back. */
  leave(): void {
    if (this.limit === 0) {
      return;
    }
    this.running--;
    // A task that ends at once leaves from within the loop, which then goes on: no recursion.
    if (!this.isStarting) {
      this.isStarting = true;
      try {
        this.startWaiting();
      } finally {
        this.isStarting = false;
      }
      this.report();
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

  private report(): void {
    const isFull = this.limit > 0 && this.running >= this.limit;
    const isCrowded = this.queue.length - this.next >= READ_AHEAD;
    const level = !isFull ? 'free' : isCrowded ? 'crowded' : 'full';
    if (level !== this.level) {
      this.level = level;
      this.changed(level);
    }
  }
}
