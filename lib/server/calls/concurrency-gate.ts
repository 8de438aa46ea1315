/** The tasks that wait for a slot. */
export interface WaitingTasks<Task> {
  isEmpty(): boolean;
  /** Takes out the next one; undefined where none waits. */
  take(): Task | undefined;
}

/** Lets at most so many tasks run at once. */
export class ConcurrencyGate<Task> {
  /** How many slots are taken. */
  private taken = 0;
  /** Whether free slots are about to be given to tasks that wait, before which no other may enter. */
  private isRefilling = false;

  /**
   * @param limit how many at once; 0 means no limit
   * @param waiting where tasks are put that cannot enter
   * @param start begins a task, which holds its slot until `leave`
   */
  constructor(
    private readonly limit: number,
    private readonly waiting: WaitingTasks<Task>,
    private readonly start: (task: Task) => void,
  ) {}

  /** Whether a task may enter now. */
  get isFree(): boolean {
    return this.limit === 0 || (this.taken < this.limit && !this.isRefilling);
  }

  /** How many slots no task has. */
  get freeSlots(): number {
    return this.limit === 0 ? Infinity : Math.max(0, this.limit - this.taken);
  }

  /** Starts a task, while the gate is free. */
  enter(task: Task): void {
    this.taken++;
    this.start(task);
  }

  /**
   * Gives a slot back.
   *
   * Tasks that wait get it in the next turn of the event loop: one after the other in this turn, tasks
   * that compute would keep everything else from being done for as long as any of them wait.
   */
  leave(): void {
    this.taken--;
    if (!this.waiting.isEmpty() && !this.isRefilling) {
      this.isRefilling = true;
      setImmediate(this.refill);
    }
  }

  private readonly refill = (): void => {
    this.isRefilling = false;
    while (this.taken < this.limit) {
      const task = this.waiting.take();
      if (task === undefined) {
        break;
      }
      this.enter(task);
    }
  };
}
