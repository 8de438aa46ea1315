/** Something that happens at a time. */
export interface TimedEvent {
  /** When, in milliseconds. */
  readonly at: number;
  /** Among events of one time, those that were pushed first come first. */
  readonly order: number;
  /** What happens. Undefined once it is cancelled. */
  run: (() => void) | undefined;
}

/** Events in the order of their time: a binary heap. */
export class EventQueue {
  private readonly heap: TimedEvent[] = [];
  private pushed = 0;

  /** When the next event happens; `Infinity` where there is none. */
  get nextAt(): number {
    return this.heap[0]?.at ?? Infinity;
  }

  /** @returns the event, which can be cancelled: its `run` may be set to undefined */
  push(at: number, run: () => void): TimedEvent {
    const event: TimedEvent = { at, order: this.pushed++, run };
    const { heap } = this;
    let index = heap.length;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent] as TimedEvent;
      if (!isBefore(event, above)) {
        break;
      }
      heap[index] = above;
      index = parent;
    }
    heap[index] = event;
    return event;
  }

  /** Takes the next event out. */
  pop(): TimedEvent | undefined {
    const { heap } = this;
    const first = heap[0];
    const last = heap.pop();
    if (last !== undefined && heap.length > 0) {
      this.sink(last);
    }
    return first;
  }

  /** Puts an event in the place of the first, and lets it sink to where it belongs. */
  private sink(event: TimedEvent): void {
    const { heap } = this;
    const { length } = heap;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= length) {
        break;
      }
      if (
        child + 1 < length &&
        isBefore(heap[child + 1] as TimedEvent, heap[child] as TimedEvent)
      ) {
        child++;
      }
      const below = heap[child] as TimedEvent;
      if (!isBefore(below, event)) {
        break;
      }
      heap[index] = below;
      index = child;
    }
    heap[index] = event;
  }
}

function isBefore(one: TimedEvent, other: TimedEvent): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
