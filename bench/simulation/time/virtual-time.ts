import { setImmediate as yieldForReal } from 'node:timers/promises';
import { EventQueue, type TimedEvent } from './event-queue.js';

/** How often promises that have settled are passed on, in milliseconds. */
const PROMISES = 5;

/**
 * A clock that stands still while something happens, and jumps to what happens next.
 *
 * Events of one time happen in the order in which they were planned. Promises that have settled are
 * passed on every few milliseconds: to do it after each event would take longer than the events. The
 * ways of calls have none.
 */
export class VirtualTime {
  /** Milliseconds since the beginning. */
  now = 0;
  private readonly queue = new EventQueue();
  private ticks: (() => void)[] = [];

  /** @param delay milliseconds from now */
  after(delay: number, run: () => void): TimedEvent {
    return this.queue.push(this.now + delay, run);
  }

  /** Runs something before the next event, as `process.nextTick` does. */
  nextTick(run: () => void): void {
    this.ticks.push(run);
  }

  /** Lets everything happen until a time, that time included. */
  async runUntil(end: number): Promise<void> {
    const { queue } = this;
    // It may plan what happens earlier than the next event.
    await this.settlePromises();
    while (queue.nextAt <= end) {
      const pause = Math.min(end, queue.nextAt + PROMISES);
      while (queue.nextAt <= pause) {
        this.happen(queue.pop() as TimedEvent);
      }
      await this.settlePromises();
    }
    this.now = end;
  }

  private happen({ at, run }: TimedEvent): void {
    if (run) {
      this.now = at;
      run();
      this.runTicks();
    }
  }

  private async settlePromises(): Promise<void> {
    await yieldForReal();
    this.runTicks();
  }

  private runTicks(): void {
    while (this.ticks.length > 0) {
      const { ticks } = this;
      this.ticks = [];
      ticks.forEach((run) => run());
    }
  }
}
