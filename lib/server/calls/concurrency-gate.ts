import { Fifo } from '../../calls/fifo.js';

/** How many tasks may wait before no more should come. A later message may cancel one that runs. */
const READ_AHEAD = 128;

/** How much a {@link ConcurrencyGate} holds: room for more, none, or many that wait for it. */
export type GateLevel = 'free' | 'full' | 'crowded';

/** Lets at most so many tasks run at once, and reports when fewer of them should come. */
export class ConcurrencyGate<Task> {
  /** How many slots are taken. */
  private taken = 0;
  /** How many of the taken slots were given back, and go to tasks that wait. */
  private returned = 0;
  private readonly waiting = new Fifo<Task>();
  private level: GateLevel = 'free';

  /**
   * @param limit how many at once; 0 means no limit
   * @param start begins a task, which holds its slot until `leave`
   * @param changed takes each new level
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
    } else if (this.taken >= this.limit) {
      this.waiting.push(task);
      this.report();
    } else {
      this.taken++;
      this.report();
      this.start(task);
    }
  }

  /** Reports the level once more, to an owner that has opened again. */
  refresh(): void {
    this.changed(this.level);
  }

  /** Takes out the tasks that wait, which will never be started. */
  clear(): Task[] {
    const waiting = this.waiting.clear();
    this.report();
    return waiting;
  }

  /** Gives one slot back. */
  leave(): void {
    if (this.limit === 0) {
      return;
    }
    this.returned++;
    // A task that ends at once leaves from within the loop, which then goes on: no recursion.
    if (this.returned === 1) {
      try {
        this.passOn();
      } finally {
        this.returned = 0;
      }
      this.report();
    }
  }

  /** Gives the returned slots to those that wait for longest. */
  private passOn(): void {
    for (; this.returned > 0; this.returned--) {
      const task = this.waiting.shift();
      if (task === undefined) {
        this.taken--;
      } else {
        this.start(task);
      }
    }
  }

  private report(): void {
    const isFull = this.limit > 0 && this.taken >= this.limit;
    const isCrowded = this.waiting.size >= READ_AHEAD;
    const level = !isFull ? 'free' : isCrowded ? 'crowded' : 'full';
    if (level !== this.level) {
      this.level = level;
      this.changed(level);
    }
  }
}
