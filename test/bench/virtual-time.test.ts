import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { EventQueue } from '../../bench/simulation/time/event-queue.js';
import { SeededRandom } from '../../bench/simulation/time/seeded-random.js';
import { virtualize } from '../../bench/simulation/time/virtual-process.js';
import { VirtualTime } from '../../bench/simulation/time/virtual-time.js';

describe('a queue of events', () => {
  it('gives them in the order of their time, and of one time in the order of their coming', () => {
    const random = new SeededRandom('times');
    const queue = new EventQueue();
    const pushed = Array.from({ length: 1000 }, () =>
      queue.push(Math.floor(random.next() * 100), () => undefined),
    );
    const popped = pushed.map(() => queue.pop()!);
    const sorted = pushed.toSorted((one, other) => one.at - other.at || one.order - other.order);
    expect(popped).toEqual(sorted);
    expect(queue.pop()).toBeUndefined();
    expect(queue.nextAt).toBe(Infinity);
  });
});

describe('a virtual process', () => {
  /** Runs something in the time and with the random numbers of a virtual process. */
  async function runVirtually(run: () => void, until: number): Promise<void> {
    // Vitest has replaced some members of the process for a moment, and puts them back.
    await nextTurn();
    const time = new VirtualTime();
    const restore = virtualize(time, new SeededRandom('1'));
    try {
      run();
      await time.runUntil(until);
    } finally {
      restore();
    }
  }

  it('has timers, ticks and promises in the order of its time', async () => {
    const seen: string[] = [];
    const see = (name: string): void => void seen.push(`${name} ${performance.now()}`);
    await runVirtually(() => {
      setTimeout(see, 30, 'timer');
      const cleared = setTimeout(see, 40, 'cleared');
      setTimeout(() => {
        clearTimeout(cleared);
        setImmediate(see, 'immediate');
        process.nextTick(see, 'tick');
      }, 20);
      setTimeout(see, 60_000, 'later');
    }, 1000);
    expect(seen).toEqual(['tick 20', 'immediate 20', 'timer 30']);
  });

  it('passes promises on', async () => {
    let settled = 0;
    await runVirtually(() => {
      setTimeout(() => {
        void Promise.resolve().then(() => setTimeout(() => (settled = performance.now()), 10));
      }, 20);
    }, 1000);
    expect(settled).toBeGreaterThanOrEqual(30);
  });

  it('has the same random numbers each time', async () => {
    const drawn: unknown[] = [];
    const draw = (): void => void drawn.push([Math.random(), randomUUID()]);
    await runVirtually(draw, 1);
    await runVirtually(draw, 1);
    expect(drawn[0]).toEqual(drawn[1]);
  });

  it('leaves the process as it was', async () => {
    const members = (): unknown[] => [
      setTimeout,
      setImmediate,
      Reflect.get(process, 'nextTick'),
      Reflect.get(performance, 'now'),
      Reflect.get(Math, 'random'),
      randomUUID,
    ];
    const own = members();
    await runVirtually(() => undefined, 1000);
    expect(members()).toEqual(own);
  });
});
